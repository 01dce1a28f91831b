/* Which folders to protect when the configuration names none: the users'
 * document folders (XDG user-dirs and the usual Japanese and English names),
 * Samba shares of /etc/samba/smb.conf, /srv. */
#ifndef MM_AGENT_WATCH_DISCOVER_H
#define MM_AGENT_WATCH_DISCOVER_H

#include "lib/config.h"

/* Fill `out` with existing absolute paths, no duplicates, none inside another;
 * at most LIM_FOLDERS.  MM_ENOMEM.  Free with discover_free. */
int discover_folders(struct config_list *out);
void discover_free(struct config_list *list);

#endif
