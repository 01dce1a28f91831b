/* /etc/mimamori/agent.ini as steps of the installation: the file, where updates come from, the proxy.
 *
 * A file that is there is a person's: only a line that this program wrote, or that the person asked for, is changed in it. */
#ifndef MM_INSTALLER_SETTINGS_H
#define MM_INSTALLER_SETTINGS_H

#include "installer/setup.h"
#include "lib/buf.h"

bool settings_done(struct setup *s);
int settings_apply(struct setup *s);
int settings_undo(struct setup *s);
/* Of enroll: the new console's updates. */
int settings_updates_apply(struct setup *s);

/* s->proxy as [network] proxy=.  The file of before is kept with the pending steps, and put back by undo. */
bool settings_proxy_wanted(const struct setup *s);
bool settings_proxy_done(struct setup *s);
int settings_proxy_apply(struct setup *s);
int settings_proxy_undo(struct setup *s);

/* NULL, or the sentence of the catalogue that says why this is no proxy of ours: {0} is the address that was given. */
const char *settings_proxy_wrong(const char *url);
/* Append the text `old` of an ini file with that proxy in it: in the place of the one that is there, else below the first
 * [network], else below one at the end. */
int settings_with_proxy(const char *old, const char *proxy, struct buf *out);

#endif
