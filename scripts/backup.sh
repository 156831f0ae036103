#!/bin/sh
# Copies the database to a new file, also while the service runs: backup.sh [FILE [options]]
# Without FILE: mqi-YYYYMMDD-HHMMSS.sqlite in this folder.
case ${1--} in
  -*) set -- "mqi-$(date +%Y%m%d-%H%M%S).sqlite" "$@" ;;
esac
exec "$(dirname "$0")/mqi.mjs" db backup "$@"
