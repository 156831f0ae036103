#!/bin/sh
# Lists the cases that wait (for files, for an operator, to be tried again) and why. list-waiting.sh --json
exec "$(dirname "$0")/mqi.mjs" cases --waiting "$@"
