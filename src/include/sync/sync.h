/*
 * sync.h - how the room is started
 */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

/* Defines the settings and registers the areas of the main segment; before it is sized. */
void sync_register(void);

#endif
