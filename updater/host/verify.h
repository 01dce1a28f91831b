/* The verifying process: believes and chooses; has nothing but memory and its socket. */
#ifndef MM_UPDATER_HOST_VERIFY_H
#define MM_UPDATER_HOST_VERIFY_H

/* Serve one run over `sock` (updater/host/messages.h) and return.  MM_OK, also when the update was refused. */
int verify_serve(int sock);

#endif
