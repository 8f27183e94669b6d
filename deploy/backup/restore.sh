#!/bin/sh
# Makes a base backup ready to recover to a moment; start PostgreSQL on the folder next.
#   restore.sh BASE ARCHIVE FOLDER ['2026-03-01 09:00:00+00']
# Without a moment it recovers all that the archive has.
set -eu
base=$1 archive=$2 folder=$3 moment=${4:-}
[ ! -e "$folder" ] || { echo "$folder is there already: choose a new folder" >&2; exit 1; }
cp -R "$base" "$folder"
chmod 0700 "$folder"
{
  echo "restore_command = 'cp \"$archive/%f\" \"%p\"'"
  echo "recovery_target_action = 'promote'"
  echo "archive_mode = off"
  [ -z "$moment" ] || echo "recovery_target_time = '$moment'"
} >>"$folder/postgresql.auto.conf"
touch "$folder/recovery.signal"
