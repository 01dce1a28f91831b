/* Folders of releases: files made below one, and removed with it. */
#ifndef MM_UPDATER_HOST_TREE_H
#define MM_UPDATER_HOST_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Make an empty folder `name` below `parent` (0755), in the place of whatever it was.  A descriptor of it, or a negative error. */
int tree_new(const char *parent, const char *name);
/* Make the file `path` (update_path_sound) below the folder, with the folders on its way, 0644 or 0755.  A descriptor to write to. */
int tree_file(int folder, const char *path, bool executable);
/* All of it on disk, names too. */
int tree_sync(int folder);
/* Remove a folder and everything in it. */
int tree_remove(const char *parent, const char *name);

#endif
