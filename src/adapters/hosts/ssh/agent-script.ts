/*
 * What runs at the far end: POSIX shell and the core utilities of any Linux, nothing of ours has to be installed there.
 * The command that ssh is given is one constant; the script comes as the first line of its input, data as words of the
 * lines after it (wire.ts). No text of ours is ever parsed by the user's login shell.
 */

/** The remote command of all our connections: reads one line and runs it. Such quotes are the same to every login shell. */
export const REMOTE_COMMAND = `exec sh -c 'IFS= read -r script && eval "$(printf %b "$script")"'`;

/** A line of the agent before which a talkative login (motd, rc files) may print what it likes. */
export const GREETING = 'mqi-agent/1';

/** The same for sessions that do one thing: what is meant for us comes after it. */
export const BEGINNING = '\nmqi-begin/1\n';
const begin = `printf '${BEGINNING.replaceAll('\n', '\\n')}'`;

/** Nobody but this user and its group reads or changes what we bring: it is of patients. */
const PRIVATELY = 'umask 027';

/** `$v`: the decoded word (a final newline would be cut off by `$()`, hence the `_`). `words`: all of them, decoded. */
const DECODING = [
  `d() { v=$(printf '%b_' "$1"); case $1 in *'\\c') v=;; *) v=\${v%_};; esac; }`,
  `say() { printf '%s %s %s\\n' "$1" "$2" "$3"; }`,
];

/** Boot, to tell processes of an earlier one; session and start time are fields 6 and 22 of /proc/PID/stat. */
const PROCESSES = [
  `read -r boot < /proc/sys/kernel/random/boot_id || exit 1`,
  `fields() { state=$1; session=$4; shift 19; t=$1; }`,
  `started() { t=; session=; state=Z; if IFS= read -r line < "/proc/$1/stat"; then set -- \${line##*) }; fields "$@"; fi; } 2>/dev/null`,
];

/** Environment of a job: what programs and their GPU libraries need, of this user's login here. */
const KEPT = ['USER', 'LOGNAME', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'CUDA_HOME', 'CUDA_PATH']
  .map((name) => `\${${name}:+"${name}=$${name}"}`)
  .join(' ');

/**
 * `start folder log [NAME=VALUE ...] program [argument ...]`: a session of its own; the pid and start time as soon as it has
 * that session (before, whoever asks for the session's processes finds none, and a job that is to be ended would seem to
 * be gone and run on), then, when it has ended, `end`. `changed folder tenths`: an answer once the folder's listing was noted, then `end` when it
 * differs from that, or after so many tenths of a second.
 * All lines are short, so those of the background shells are never torn (PIPE_BUF).
 */
const WAITING_CALLS = `
  start) (
      cd "$1" 2>/dev/null || { say "$id" failed cd; exit; }
      folder=$1; log=$2; shift 2
      setsid env -i PATH="$PATH" HOME="$HOME" ${KEPT} MQI_JOB_FOLDER="$folder" "$@" >>"$log" 2>&1 </dev/null &
      p=$!
      started "$p"
      while [ "$state" != Z ] && [ "$session" != "$p" ]; do sleep 0; started "$p"; done
      say "$id" ok "$p,$t,$boot"
      while [ "$state" != Z ] && [ -d "/proc/$$" ]; do sleep 0.1; started "$p"; done
      [ "$state" != Z ] || say "$id" end -
    ) &;;
  changed)
    seen=$(listing "$1"); say "$id" ok -
    ( n=0
      while [ "$n" -lt "$2" ] && [ "$(listing "$1")" = "$seen" ]; do sleep 0.2; n=$((n + 2)); done
      say "$id" end - ) &;;`;

const LISTING = `listing() { ( set +f; stat -c '%n %s %Y' "$1" "$1"/* 2>/dev/null ); }`;

/** Files and processes, one call after the other. What a call prints goes back as base64. */
const DIRECT_CALLS = `
  read) if [ -e "$1" ]; then answer part "$1" "$2" "$3"; else say "$id" none -; fi;;
  create) part=$1.$$.$id.part
    if e=$( { printf '%s' "$2" > "$part"; } 2>&1 ); then
      if ln "$part" "$1" 2>/dev/null; then say "$id" ok -
      elif [ -e "$1" ]; then say "$id" none -
      elif e=$( { set -C; printf '%s' "$2" > "$1"; } 2>&1 ); then say "$id" ok -
      elif [ -e "$1" ]; then say "$id" none -
      else answer failed "$e"; fi
    else answer failed "$e"; fi
    rm -f "$part";;
  mkdir) answer mkdir -p "$1";;
  stat) if [ -r "/proc/$1/stat" ]; then answer cat "/proc/$1/stat"; else say "$id" none -; fi;;
  session) answer session "$1";;
  mark) say "$id" "$(mark "$1" "$2")" -;;
  signal) if kill -s "$1" -- "-$2" 2>/dev/null; then say "$id" ok -; else say "$id" none -; fi;;
  sha256) if [ -f "$1" ]; then answer sha256sum "$1"; else say "$id" none -; fi;;
  list) if [ -d "$1" ]; then answer find "$1" -type f -printf '%s %P\\0'; else say "$id" none -; fi;;
  store) answer store "$1" "$2";;
  link) answer place "$1" "$2";;
  move) answer mv -f "$1" "$2";;
  remove) answer rm -rf "$1";;
  sweep) if [ -d "$1" ]; then answer sweep "$1" "$2"; else say "$id" none -; fi;;
  ping) say "$id" ok -;;`;

/**
 * `answer`: what it prints, then its exit code. `session`: lines of /proc/PID/stat whose process group or session (fields 5
 * and 6) has this number. `mark`: whether a process has this variable; `ending` where it has none any more.
 */
const ANSWERING = [
  `answer() { say "$id" ok "$( { "$@" 2>&1; printf '\\nrc%s' "$?"; } | base64 | tr -d '\\n')"; }`,
  `failed() { printf '%s\\n' "$1"; return 1; }`,
  `store() { mkdir -p "\${1%/*}" && printf '%s' "$2" | base64 -d > "$1" && sha256sum < "$1"; }`,
  `part() { tail -c "+$2" "$1" | head -c "$3"; }`,
  `session() { set +f; cat /proc/[0-9]*/stat 2>/dev/null | awk -v s="$1" '{ rest=$0; sub(/^.*\\) /, "", rest); split(rest, f, " "); if (f[3] == s || f[4] == s) print }'; }`,
  `mark() { e=$(tr '\\0' '\\n' < "/proc/$1/environ") 2>/dev/null || { [ -d "/proc/$1" ] && echo no || echo ending; return; }
    [ -n "$e" ] || { echo ending; return; }
    printf '%s\\n' "$e" | grep -qxF -e "$2" && echo yes || echo no; }`,
  `sweep() { find "$1" -type f -mtime "+$2" -delete && find "$1" -mindepth 2 -type d -empty -delete; }`,
  `place() { mkdir -p "\${2%/*}" && { touch -c "$1" && ln -f "$1" "$2" 2>/dev/null || cp -f "$1" "$2"; }; }`,
];

/** Reads calls, `id operation words`, until its input ends. */
const loop = (calls: string): string => `
while IFS=' ' read -r id op words; do
  set -f; set -- $words
  for w in "$@"; do d "$w"; set -- "$@" "$v"; shift; done
  case $op in ${calls}
  *) say "$id" failed -;;
  esac
done`;

// On a line of its own, wherever the login's last line ended.
const greet = `printf '\\n${GREETING} %s\\n' "$boot"`;

/** For calls that answer at once. */
export const DIRECT_AGENT = [
  `LC_ALL=C; export LC_ALL; set -f; ${PRIVATELY}`,
  ...DECODING,
  ...PROCESSES,
  ...ANSWERING,
  greet,
  loop(DIRECT_CALLS),
].join('\n');

/** For calls that answer later, and jobs. Its environment is that of the jobs. */
export const WAITING_AGENT = [
  `set -f; ${PRIVATELY}`,
  ...DECODING,
  ...PROCESSES,
  LISTING,
  greet,
  loop(WAITING_CALLS),
].join('\n');

/** Runs the program of the second line; the exit code is the last line on stderr, where no failure of ssh can be it. */
export const RUN_ONE = [
  `set -f; LC_ALL=C; export LC_ALL; ${PRIVATELY}`,
  ...DECODING,
  `IFS= read -r words; set -- $words; for w in "$@"; do d "$w"; set -- "$@" "$v"; shift; done`,
  begin,
  `${begin} >&2`,
  `"$@"; printf '\\nmqi-exit %s\\n' "$?" >&2`,
].join('\n');

/** Stores what follows the second line under that name. */
export const STORE_ONE = [
  `LC_ALL=C; export LC_ALL; ${PRIVATELY}`, // what went wrong is told by the words of the utilities
  ...DECODING,
  begin,
  `IFS= read -r word; d "$word"; mkdir -p "\${v%/*}" && cat > "$v" && sha256sum < "$v"`,
].join('\n');

/**
 * Stores many files: for each a line, `bytes sha256 name`, and so many bytes. Each is renamed only when it arrived as it was
 * sent, and then answered `ok`, else `damaged`. Both `read` and `head -c` take no byte more than is theirs.
 */
export const STORE_MANY = [
  `LC_ALL=C; export LC_ALL; ${PRIVATELY}`,
  ...DECODING,
  begin,
  `while IFS=' ' read -r size sha word; do
  d "$word"; part=$v.$$.part
  mkdir -p "\${v%/*}" && head -c "$size" > "$part" && h=$(sha256sum < "$part") || { rm -f "$part"; exit 1; }
  if [ "\${h%% *}" = "$sha" ]; then mv -f "$part" "$v" || exit 1; echo ok; else rm -f "$part"; echo damaged; fi
done`,
].join('\n');

/** Prints the file of the second line. */
export const PRINT_ONE = [
  'LC_ALL=C; export LC_ALL',
  ...DECODING,
  `IFS= read -r word; d "$word"`,
  begin,
  'exec cat "$v"',
].join('\n');
