#!/bin/sh
# Makes a synthetic case (no real patient) in a new folder: make-case.sh DIR [--beams N] [--no-ct] [--logs] ...
if [ $# -eq 0 ]; then
  echo 'usage: make-case.sh DIR [options of mqi make-case]' >&2
  exit 2
fi
exec "$(dirname "$0")/mqi.mjs" make-case "$@"
