/* Looking below a root that symbolic links cannot leave; linux/survey_root.c. */
#ifndef MM_AGENT_WATCH_HOST_SURVEY_OS_H
#define MM_AGENT_WATCH_HOST_SURVEY_OS_H

#include <sys/stat.h>

/* A directory to look below; a descriptor or a negative mm_err. */
int survey_os_root(const char *path);
/* Open `path` ("/etc/passwd") below `root` for reading without blocking; a descriptor or a negative mm_err. */
int survey_os_open(int root, const char *path);
/* MM_OK or an error; links are followed inside the root. */
int survey_os_stat(int root, const char *path, struct stat *st);

#endif
