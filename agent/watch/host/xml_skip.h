/* A document without one of its elements, cut out before the XML is parsed.
 *
 * Two thirds of a repository's primary.xml are the dependencies and files of each package (<format>), which nobody
 * here asks for: to leave them out as bytes costs a tenth of parsing them.  In a well-formed document without
 * comments and CDATA the texts "<NAME>" and "</NAME>" are those two tags and nothing else, so what is left is
 * well-formed again; in any other document the parser sees what is left and judges that.
 *
 * Owner: the caller; nothing is allocated. */
#ifndef MM_AGENT_WATCH_HOST_XML_SKIP_H
#define MM_AGENT_WATCH_HOST_XML_SKIP_H

#include <stdbool.h>
#include <stddef.h>

struct unpack;

#define XML_SKIP_TAG 16   /* longest tag, with its brackets */

struct xml_skip {
    struct unpack *from;      /* the caller's */
    const char *open, *close; /* "<format>" and "</format>", below XML_SKIP_TAG bytes; NULL: nothing is left out */
    bool inside;
    size_t n;                 /* of held */
    char held[XML_SKIP_TAG];  /* the last bytes read: a tag may begin in them */
};

/* Up to `room` bytes (at least 2 * XML_SKIP_TAG) of what is left: how many, 0 at the end, a negative mm_err of unpack_read. */
long xml_skip_read(struct xml_skip *s, char *out, size_t room);

#endif
