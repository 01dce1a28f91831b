/* Folders of releases: files made below one, and removed with it. */
#ifndef MM_LIB_OS_TREE_H
#define MM_LIB_OS_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* 1 when `path` names a file below a folder: parts of letters, digits and ._+- that do not begin with a dot, at most four deep. */
int tree_path_sound(const char *path);
/* Make an empty folder `name` below `parent` (0755), in the place of whatever it was.  A descriptor of it, or a negative error. */
int tree_new(const char *parent, const char *name);
/* Make the file `path` (tree_path_sound) below the folder, with the folders on its way, 0644 or 0755.  A descriptor to write to. */
int tree_file(int folder, const char *path, bool executable);
/* Copy the files below the folder `from` into `folder`, with their names and whether they can be executed.  Files only, with
 * sound names: anything else is MM_EFORMAT. */
int tree_copy(const char *from, int folder);
/* 1 when the folders hold the same files with the same bytes and modes; 0 also when one cannot be read. */
int tree_same(const char *a, const char *b);
/* All of it on disk, names too. */
int tree_sync(int folder);
/* Give the folder `name` below `parent` the name `as`.  What has that name takes `name`, in the same moment: there is never none. */
int tree_put(const char *parent, const char *name, const char *as);
/* Remove a folder and everything in it. */
int tree_remove(const char *parent, const char *name);

#endif
