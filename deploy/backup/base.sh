#!/bin/sh
# A base backup of PostgreSQL, verified. With the archive of the log (archive_mode) it can be brought to any moment since.
#   base.sh FOLDER [options of pg_basebackup, such as -h HOST -U USER]
set -eu
folder=$1
shift
pg_basebackup -D "$folder" -X stream --checkpoint=fast "$@"
pg_verifybackup "$folder"
