#!/bin/sh
# link_pg_query.sh OUTPUT COMPILER... - the whole of libpg_query.a as one object that exports only
# pg_query_* names and the empty string that unset fields point to
set -e
output=$1
shift
archive=$("$@" -print-file-name=libpg_query.a)
ld -r --whole-archive "$archive" -o "$output.tmp"
objcopy --wildcard --keep-global-symbol='pg_query_*' \
    --keep-global-symbol=protobuf_c_empty_string "$output.tmp" "$output"
rm -f "$output.tmp"
