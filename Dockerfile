# The platform as an image: the pinned packages, the code, and dbt's manifest made beforehand, so that nothing in it is
# written at run time. Everything a run changes is in the volumes /data and /dagster.
# Both stages use one base, because the environment links to its Python: 3.11, 3.12 or 3.13, with the module venv.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
RUN python3 -m venv installer && python3 -m venv --without-pip /venv
COPY constraints.txt pyproject.toml ./
# constraints.txt pins what developers need as well. So every file is fetched and held against its hash first; then, with
# nothing but those files, the project's own dependencies decide what is installed.
RUN installer/bin/python -m pip download --quiet --no-cache-dir --require-hashes --only-binary :all: \
        --requirement constraints.txt --dest wheels \
    && python3 -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
        > dependencies.txt \
    && installer/bin/python -m pip --python /venv/bin/python install --quiet --no-cache-dir --no-index \
        --find-links wheels --requirement dependencies.txt \
    && rm -r wheels
WORKDIR /app
COPY . .
# Loading the definitions makes the manifest, and stops the build when a declaration is wrong. The user below must be able
# to read what was checked out with a strict umask.
RUN chmod -R a+rX . \
    && /venv/bin/python -m compileall -q . \
    && /venv/bin/python -c "from platform_assets.definitions import defs; defs()"

FROM ${BASE}
RUN groupadd --gid 10001 platform \
    && useradd --uid 10001 --gid platform --home-dir /app --no-create-home --shell /usr/sbin/nologin platform \
    && install --directory --owner platform --group platform /data /dagster
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DAGSTER_HOME=/dagster \
    PLATFORM_DATA=/data
WORKDIR /app
USER 10001:10001
VOLUME ["/data", "/dagster"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=15s --start-period=120s --retries=3 CMD ["python", "deploy/health.py"]
ENTRYPOINT ["sh", "deploy/start.sh"]
# Inside the container all addresses, or nobody outside could ask it. Publish it on 127.0.0.1 only: it has no login.
CMD ["dagster-webserver", "-h", "0.0.0.0", "-p", "3000", "-w", "workspace.yaml"]
