/*
 * settings.h - hooks of the settings that this room gives effect to
 */
#ifndef TYPES_SETTINGS_H
#define TYPES_SETTINGS_H

/* Once in each process that runs SQL (or once before the first fork), before config_initialize(). */
extern void types_register_settings(void);

#endif
