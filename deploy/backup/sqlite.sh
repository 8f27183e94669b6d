#!/bin/sh
# Copies a SQLite register that is in use, and its key, into a folder of its own.
#   sqlite.sh DATABASE FOLDER
# The copy is one state of the database. Keep the key elsewhere than the copy.
set -eu
database=$1 folder=$2
mkdir -p "$folder" && chmod 0700 "$folder"
to="$folder/bonafide-$(date -u +%Y%m%dT%H%M%SZ).db"
bonafide backup "$database" "$to"
echo "$to"
