/* mimamori-publish: the provider's release desk.  Finds the verb in the table,
 * reads its options, opens the repository, runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/err.h"
#include "lib/version.h"
#include "updater/publish/cli.h"

#define ALL " --json "
#define SECRET " --passphrase-file= --passphrase-fd= "
#define SIGN " --key= " SECRET

static const struct cli_verb verbs[] = {
    {"init", NULL, ALL SECRET " --keys= --type= --public= --threshold= --days= ", 1, 1, 0, cli_init,
     "init DIR --keys FOLDER [--type TYPE] | --public ROLE=FILE.pub ...  [--threshold ROLE=N ...] [--days ROLE=N ...]",
     "a new repository; --keys makes all keys here, --public takes keys that others made"},
    {"keys", "new", ALL SECRET " --type= ", 1, 1, 0, cli_keys_new, "keys new FILE [--type ed25519|ecdsa-p256]",
     "a new key: FILE, encrypted, and FILE.pub, which may be given away"},
    {"keys", "list", ALL SECRET, 1, 1, 0, cli_keys_token, "keys list pkcs11:...", "the public keys that a token shows"},
    {"keys", "export", ALL SECRET, 2, 2, 0, cli_keys_export, "keys export pkcs11:... FILE.pub", "the public key of a token, to be given away"},
    {"keys", NULL, ALL, 1, 1, 1, cli_keys_list, "keys DIR", "roles, who may sign them, how many must, what waits for signatures"},
    {"add", NULL, ALL SIGN " --role= --name= --version= --platform= --schema= --delta-from= --force --ring= --percent= --start= --hold= ", 2,
     LIM_PUBLISH_WORDS, 1, cli_add,
     "add DIR FILE|FOLDER ... --role rules|agent [--version V] [--platform P] [--schema N] [--delta-from OLD.tar.zst ...] [--name PATH]\n"
     "        [--ring canary|early|broad [--percent P] [--start T] [--hold DAYS]] [--force] [--key FILE ...]",
     "put a rule pack, an agent's release or other files into the next version of a role; folders are packed"},
    {"stage", NULL, ALL SIGN " --ring= --percent= --start= --hold= --packs= --force ", 2, 2, 1, cli_stage_target,
     "stage DIR NAME --ring canary|early|broad [--percent P] [--start T] [--hold DAYS] [--packs FILE|-] [--force] [--key FILE ...]",
     "who gets a file that is there, and when; --packs: no more hosts unless its health is fine; --force: before its hold is over"},
    {"halt", NULL, ALL SIGN " --clear --reason= ", 2, 2, 1, cli_halt, "halt DIR NAME [--reason TEXT | --clear] [--key FILE ...]",
     "nobody installs this file any more, or they do again"},
    {"health", NULL, ALL SIGN " --role= --packs= --halt ", 1, 2, 1, cli_check_health,
     "health DIR [NAME | --role rules|agent] --packs FILE|- [--halt --key FILE ...]",
     "may this rule pack or agent, or the newest one, go on, by the console's answer to GET /api/v1/packs; --halt: halt and publish that if it must not"},
    {"remove", NULL, ALL SIGN, 2, 2, 1, cli_remove, "remove DIR NAME [--key FILE ...]",
     "take a file out of the next version of its role; an agent goes with the deltas that make it"},
    {"cleanup", NULL, ALL " --keep= ", 1, 1, 1, cli_cleanup, "cleanup DIR [--keep N]",
     "remove old versions of metadata, all but the N newest (10), and artifacts that nothing names any more"},
    {"floor", NULL, ALL SIGN " --clear --force ", 2, 3, 1, cli_floor, "floor DIR rules|agent VERSION [--force] | --clear  [--key FILE ...]",
     "the oldest version that hosts may go back to, or none; --force: a lower one than before"},
    {"renew", NULL, ALL SIGN " --days= ", 2, 2, 1, cli_renew, "renew DIR ROLE [--days N] [--key FILE ...]",
     "the next version of root, targets or a delegated role with the same content and a new expiry"},
    {"sign", NULL, ALL SIGN, 2, 2, 1, cli_sign_role, "sign DIR ROLE --key FILE [--key FILE ...]", "add signatures to what is staged for a role"},
    {"snapshot", NULL, ALL SIGN " --with-root ", 1, 1, 1, cli_snapshot, "snapshot DIR [--with-root] --key FILE ...",
     "publish: new snapshot and timestamp with all that is staged and signed"},
    {"timestamp", NULL, ALL SIGN, 1, 1, 1, cli_timestamp, "timestamp DIR --key FILE ...", "a new timestamp, to be made every day"},
    {"rotate", NULL, ALL SIGN " --add= --remove= --threshold= ", 2, 2, 1, cli_rotate,
     "rotate DIR ROLE [--add FILE.pub ...] [--remove FILE.pub|KEYID ...] [--threshold N] [--key FILE ...]", "other keys for a role"},
    {"bundle", NULL, ALL " --kind= ", 2, 2, 0, cli_bundle, "bundle DIR OUT.mmb [--kind rules|agent]",
     "one file with all that hosts without a network need: metadata, and what is offered"},
    {"verify", NULL, ALL, 1, 1, 0, cli_verify, "verify DIR", "read the repository as a client does, from root 1 on, with every file of it"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static int usage(FILE *out, int code)
{
    fprintf(out, "usage: " PROGRAM " VERB ...\n\n");
    for (size_t i = 0; i < VERBS; i++)
        fprintf(out, "  %s\n        %s\n", verbs[i].usage, verbs[i].help);
    fprintf(out, "\nFor all: --json.  A key is a FILE or in a token: pkcs11:token=...;object=...[?module-path=...] (RFC 7512).\n"
                 "Passphrases and PINs: from the terminal, --passphrase-file FILE, or --passphrase-fd N.\n"
                 "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such thing, 4 more signatures are needed,\n"
                 "5 a pack must wait, 6 a pack must be halted, or is.\n");
    return code;
}

static const struct cli_verb *find_verb(int *argc, char ***argv)
{
    for (size_t i = 0; i < VERBS; i++) {
        int n = verbs[i].second ? 2 : 1;

        if (*argc < n || strcmp((*argv)[0], verbs[i].name) != 0 || (n == 2 && strcmp((*argv)[1], verbs[i].second) != 0))
            continue;
        *argc -= n;
        *argv += n;
        return &verbs[i];
    }
    return NULL;
}

/* 0 unknown, 1 without a value, 2 with one. */
static int option_kind(const char *options, const char *name)
{
    char want[64];

    if (strlen(name) + 4 > sizeof want || strchr(name, ' ') || strchr(name, '='))
        return 0;
    snprintf(want, sizeof want, " %s= ", name);
    if (strstr(options, want))
        return 2;
    snprintf(want, sizeof want, " %s ", name);
    return strstr(options, want) ? 1 : 0;
}

static int take_option(struct cli *cli, const char *name, const char *value)
{
    int kind = option_kind(cli->verb->options, name);

    if (!kind || cli->options == LIM_PUBLISH_OPTIONS || (kind == 2 && !value)) {
        cli_wrong(cli, CLI_USAGE, "%s: %s", name, !kind ? "unknown option" : kind == 2 && !value ? "a value is needed" : "too many options");
        return 0;
    }
    cli->option[cli->options++] = (struct cli_option){name, kind == 2 ? value : ""};
    return kind;
}

/* Options and words in any order. */
static int read_arguments(struct cli *cli, int argc, char **argv)
{
    const char *fd;

    for (int i = 0; i < argc; i++) {
        int kind;

        if (argv[i][0] == '-' && argv[i][1]) {
            kind = take_option(cli, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (!kind)
                return MM_EINVAL;
            i += kind == 2;
        } else if (cli->words == LIM_PUBLISH_WORDS) {
            return MM_ELIMIT;
        } else {
            cli->word[cli->words++] = argv[i];
        }
    }
    cli->json = cli_option(cli, "--json") != NULL;
    cli->secret.file = cli_option(cli, "--passphrase-file");
    fd = cli_option(cli, "--passphrase-fd");
    cli->secret.fd = fd ? (int)cli_whole(fd) : -1;
    if (fd && (cli->secret.fd < 0 || cli->secret.file))
        return MM_EINVAL;
    return cli->words >= cli->verb->words_min && cli->words <= cli->verb->words_max ? MM_OK : MM_EINVAL;
}

static int run(struct cli *cli)
{
    int rc, code;

    if (!cli->verb->opens)
        return cli->verb->run(cli);
    rc = desk_open(&cli->desk, cli->word[0], (int64_t)time(NULL));
    code = rc ? cli_fail(cli, cli->word[0], rc) : cli->verb->run(cli);
    desk_close(&cli->desk);
    return code;
}

static int print_result(struct cli *cli, int code)
{
    char *text;

    cli_tell(cli, "exit", json_integer(code));
    text = json_dumps(cli->result, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (!text || puts(text) < 0)
        code = CLI_FAILED;
    free(text);
    return code;
}

int main(int argc, char **argv)
{
    struct cli cli = {.secret.fd = -1, .desk.store.lock = -1};
    int code;

    argc--;
    argv++;
    if (argc == 1 && !strcmp(argv[0], "--version")) {
        printf(PROGRAM " %s\n", MM_VERSION);
        return CLI_OK;
    }
    if (argc == 1 && !strcmp(argv[0], "--help"))
        return usage(stdout, CLI_OK);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* no secret in a core file */
    (void)umask(022); /* what is served is for everybody to read; secrets have modes of their own */
    cli.verb = find_verb(&argc, &argv);
    if (!cli.verb)
        return usage(stderr, CLI_USAGE);
    cli.result = json_object();
    if (!cli.result || read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: " PROGRAM " %s\n", cli.verb->usage);
        json_decref(cli.result);
        return CLI_USAGE;
    }
    code = run(&cli);
    if (code == CLI_USAGE)
        fprintf(stderr, "usage: " PROGRAM " %s\n", cli.verb->usage);
    if (cli.json)
        code = print_result(&cli, code);
    if (fflush(stdout) && code == CLI_OK)
        code = CLI_FAILED;
    passphrase_wipe(&cli.secret.kept);
    json_decref(cli.result);
    return code;
}
