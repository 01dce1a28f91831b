/* ClamAV's files: the header of a signature database, the summary of a scan.
 *
 * Format: ClamAV's libclamav/cvd.c (cl_cvdparse) and its manual, "Signature
 * databases": 512 bytes, "ClamAV-VDB:" and fields divided by ':', the first of
 * them the time of building. */
#ifndef MM_AGENT_WATCH_HOST_CLAMAV_H
#define MM_AGENT_WATCH_HOST_CLAMAV_H

#include <stddef.h>
#include <stdint.h>

#define CLAMAV_HEADER 512

struct clamav_header {
    int64_t built;        /* seconds since the epoch */
    unsigned version;
    unsigned signatures;
};

/* The header of a .cvd or .cld file.  MM_OK or MM_EFORMAT. */
int clamav_header(const char *bytes, size_t n, struct clamav_header *out);
/* The newest end of a scan in a log of clamscan or clamdscan ("SCAN SUMMARY"), as if its clock were UTC; 0: none
 * with a time; -1: there is a summary, but it tells no time (old versions).  Changes the text. */
int64_t clamav_last_scan(char *log);

#endif
