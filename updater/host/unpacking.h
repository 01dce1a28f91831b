/* The unpacking process: reads archives and bundles; has nothing but memory and its socket. */
#ifndef MM_UPDATER_HOST_UNPACKING_H
#define MM_UPDATER_HOST_UNPACKING_H

/* Serve what the first frame asks for (updater/host/messages.h): one release, or a bundle until the other side closes the
 * socket.  MM_OK, also when an archive was no good. */
int unpacking_serve(int sock);

#endif
