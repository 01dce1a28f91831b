#include "updater/tuf/cause.h"

#include "lib/err.h"

static const struct { const char *name, *text; } causes[TUF_CAUSES] = {
    [TUF_FINE] = {"fine", "everything is in order"},
    [TUF_ARBITRARY] = {"arbitrary-software", "no trusted key has signed this file (arbitrary software)"},
    [TUF_BELOW_THRESHOLD] = {"key-compromise", "fewer trusted keys than needed have signed this file (key compromise below the threshold)"},
    [TUF_ROLLBACK] = {"rollback", "this file is older than what was seen before (rollback)"},
    [TUF_REMOVED] = {"role-removed", "a role that the snapshot had before is gone from it (rollback by removal)"},
    [TUF_FAST_FORWARD] = {"fast-forward", "the version jumps ahead so that later ones could not follow (fast-forward)"},
    [TUF_FREEZE] = {"freeze", "this file has expired; somebody may be holding back newer ones (freeze)"},
    [TUF_MIX] = {"mix-and-match", "this file is not the one that the file before it names (mix-and-match)"},
    [TUF_ENDLESS] = {"endless-data", "the repository sent more bytes than this file may have (endless data)"},
    [TUF_SLOW] = {"slow-retrieval", "the repository sent too slowly or did not finish in time (slow retrieval)"},
    [TUF_WRONG_FILE] = {"wrong-software", "length or hash is not the one that was signed (wrong software)"},
    [TUF_MALFORMED] = {"malformed", "this file is no sound metadata of its kind"},
    [TUF_MISSING] = {"missing", "the repository has not got a file that must be there"},
    [TUF_UNREACHABLE] = {"unreachable", "the repository gave no answer that can be used"},
    [TUF_NO_HASH] = {"unknown-hash", "only hashes of unknown kinds are given for this file"},
    [TUF_NOT_FOUND] = {"not-found", "no role that may speak for this target lists it"},
    [TUF_NOT_IN_SNAPSHOT] = {"not-in-snapshot", "a delegated role is not listed in the snapshot"},
    [TUF_TOO_MANY_ROLES] = {"too-many-roles", "the search for this target meets more delegated roles than allowed"},
    [TUF_BAD_NAME] = {"bad-name", "this name could leave its folder or is too long"},
    [TUF_NO_ROOT] = {"no-root", "there is no trusted root on this machine that can be read"},
    [TUF_BAD_ROOT] = {"bad-root", "the trusted root on this machine does not verify by its own keys"},
    [TUF_STORE] = {"store", "reading or writing on this machine failed"},
    [TUF_MEMORY] = {"memory", "out of memory"},
};

const char *tuf_cause_text(enum tuf_cause cause)
{
    return (unsigned)cause < TUF_CAUSES ? causes[cause].text : "an unknown cause";
}

const char *tuf_cause_name(enum tuf_cause cause)
{
    return (unsigned)cause < TUF_CAUSES ? causes[cause].name : "unknown";
}

enum tuf_cause tuf_cause_of(int err)
{
    if (err == MM_OK)
        return TUF_FINE;
    return err == MM_ENOMEM ? TUF_MEMORY : TUF_MALFORMED;
}
