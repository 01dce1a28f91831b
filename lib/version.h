/* The version of this source tree, and the schema of the state that its agent reads and writes.  The schema goes up by one
 * when the format of a file below [paths] state changes; what a step may do is in docs/update.md. */
#ifndef MM_LIB_VERSION_H
#define MM_LIB_VERSION_H
#define MM_VERSION "0.2.0"
#define MM_STATE_SCHEMA 1
#endif
