/* Versions of packages, compared exactly as the package manager does.
 *
 * dpkg: deb-version(7), Debian Policy 5.6.12.  rpm: rpm's rpmvercmp() and the
 * order epoch, version, release (rpm-version(7)).  Pure; any text is taken, one
 * that is no version compares somehow but always the same way. */
#ifndef MM_AGENT_WATCH_HOST_PACKAGE_VERSION_H
#define MM_AGENT_WATCH_HOST_PACKAGE_VERSION_H

#include <stdbool.h>
#include <stddef.h>

/* -1, 0, 1: `a` is older than, the same as, newer than `b`.  [epoch:]upstream[-revision] */
int package_version_dpkg(const char *a, const char *b);
/* The same for rpm: [epoch:]version[-release]. */
int package_version_rpm(const char *a, const char *b);
/* One part of an rpm version (rpmvercmp). */
int package_version_rpm_part(const char *a, size_t na, const char *b, size_t nb);
/* True when `text` is a version that dpkg would take. */
bool package_version_dpkg_valid(const char *text);
/* The maker's own version: without epoch, revision and what a packager added ("1:2.6.14+dfsg-0+deb12u2": "2.6.14").
 * Cut at `size`. */
void package_version_upstream(const char *version, char *out, size_t size);

#endif
