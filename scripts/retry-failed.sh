#!/bin/sh
# Retries all failed cases; finished beams are kept. Options are passed on: retry-failed.sh --from simulate
exec "$(dirname "$0")/mqi.mjs" retry --failed "$@"
