/* One configuration value: text to field and back, by the row's type.
 * Used by lib/config.c only.  `field` points at the row's field. */
#ifndef MM_LIB_CONFIG_VALUE_H
#define MM_LIB_CONFIG_VALUE_H

#include <stddef.h>
#include <stdio.h>

#include "lib/config.h"

/* Bytes of the field. */
size_t config_value_size(const struct config_row *row);
/* Fill the field from text.  MM_EFORMAT, MM_ELIMIT, MM_ENOMEM with `why` set and
 * the field untouched.  A list in the field before is not freed. */
int config_value_parse(const struct config_row *row, const char *text, void *field, char *why, size_t why_size);
/* Write the field so that config_value_parse reads it back. */
void config_value_print(const struct config_row *row, const void *field, FILE *out);
/* Free a list; nothing for the other types. */
void config_value_free(const struct config_row *row, void *field);

#endif
