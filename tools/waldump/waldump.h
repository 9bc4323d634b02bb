/*
 * waldump.h - shared inside sengi-waldump
 */
#ifndef WALDUMP_H
#define WALDUMP_H

#include "format/wal_record.h"

const char *rmgr_name(uint8 rmgr);
/* Name of a record's kind; a static buffer when it has none. */
const char *info_name(const WalRecord *record);
uint32 image_bytes(const WalRecord *record);

void statistics_add(const WalRecord *record);
void statistics_print(XLogRecPtr start, XLogRecPtr end, bool per_record);

#endif
