#!/bin/sh
# Follows the log of a case until Ctrl-C: follow-case.sh ID [--beam N --engine]
if [ $# -eq 0 ]; then
  echo 'usage: follow-case.sh ID [options of mqi logs]' >&2
  exit 2
fi
exec "$(dirname "$0")/mqi.mjs" logs -f "$@"
