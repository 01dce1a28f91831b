/* Steps of an installation that no package manager looks after: the rules, the units, and names that a shell finds.
 * Where a package brought them, they are done and have no way back. */
#ifndef MM_INSTALLER_ALONE_H
#define MM_INSTALLER_ALONE_H

#include "installer/setup.h"

/* The rules of the unpacked archive at SETUP_RULES. */
bool alone_rules_done(struct setup *s);
int alone_rules_apply(struct setup *s);
int alone_rules_undo(struct setup *s);
/* Its units in SETUP_UNITS. */
bool alone_units_done(struct setup *s);
int alone_units_apply(struct setup *s);
int alone_units_undo(struct setup *s);
/* Links in /usr/local to the programs in use; a read-only one is left alone, and then it counts as done. */
bool alone_links_done(struct setup *s);
int alone_links_apply(struct setup *s);
int alone_links_undo(struct setup *s);
/* All links are there. */
bool alone_has_links(void);

#endif
