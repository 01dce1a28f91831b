/* main() of the children that have nothing but memory and their socket. */
#ifndef MM_UPDATER_HOST_SANDBOXED_H
#define MM_UPDATER_HOST_SANDBOXED_H

/* Begin (child.h), give up power as the agent's scan process does (lib/os/lockdown.h), serve UPDATE_FD.  The exit status. */
int sandboxed_main(int argc, char **argv, const char *name, int (*serve)(int sock));

#endif
