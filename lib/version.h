/* The version of this source tree. */
#ifndef MM_LIB_VERSION_H
#define MM_LIB_VERSION_H
#define MM_VERSION "0.2.0"
#endif
