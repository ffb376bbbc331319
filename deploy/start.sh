# What every container does first, then the command it was given.
# Dagster reads its settings from DAGSTER_HOME, a volume that outlives the image: the image's settings replace them.
# Its SQLite files are made here, one process at a time: two that make them together leave them broken for good. The lock
# is the one that `python -m platform_assets` takes.
set -eu
(
    flock 9
    cp dagster.yaml "$DAGSTER_HOME/.dagster.yaml.new"
    mv "$DAGSTER_HOME/.dagster.yaml.new" "$DAGSTER_HOME/dagster.yaml"
    python -c "import dagster; dagster.DagsterInstance.get()"
) 9> "$DAGSTER_HOME/.platform_assets.lock"
exec "$@"
