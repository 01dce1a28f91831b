/* Inside of the package data: installed.c holds them, the others fill them. */
#ifndef MM_AGENT_WATCH_HOST_INSTALLED_PRIV_H
#define MM_AGENT_WATCH_HOST_INSTALLED_PRIV_H

#include "agent/watch/host/installed.h"
#include "agent/watch/host/survey.h"

/* An installed package as its database tells it; copied.  stream: NULL for none. */
struct package_facts { const char *name, *version, *arch, *maker, *stream; bool chosen, community; };
/* MM_OK, MM_ENOMEM, MM_ELIMIT. */
int installed_add(struct installed *all, const struct package_facts *facts);
/* Keep a text: its offset, 0 ("") when there is no room. */
uint32_t installed_keep(struct installed *all, const char *text);
/* The first package of that name, -1: none.  Others of the name (architectures) follow by installed_same. */
int installed_find(const struct installed *all, const char *name);
int installed_same(const struct installed *all, int at);
/* Say why nothing can be current, once; the first reason stays. */
void installed_trouble(struct installed *all, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fill from dpkg's status file; MM_ENOTFOUND: this host has none. */
int dpkg_read(const struct survey *s, struct installed *all);
void dpkg_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner);
/* Fill from rpm's database; MM_ENOTFOUND: this host has none. */
int rpm_read(const struct survey *s, struct installed *all);
void rpm_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner);
/* What the archives offer, from apt's lists. */
void apt_read(const struct survey *s, struct installed *all);
/* The same from dnf's copies of its repositories. */
void dnf_read(const struct survey *s, struct installed *all);

#endif
