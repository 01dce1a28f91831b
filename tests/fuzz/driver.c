/* Replays corpus files or folders through a fuzz target without a fuzzer:
 * the regression form of every target.  Exit 0 when all inputs came back. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (16u << 20)

static unsigned one_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    size_t n;

    if (!in || !data) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    n = fread(data, 1, INPUT_MAX, in);
    fclose(in);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 1;
}

static unsigned folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;
    unsigned n = 0;

    while (d && (e = readdir(d))) {
        char file[4096];
        struct stat st;

        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
            n += one_file(file);
    }
    if (d)
        closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    unsigned n = 0;

    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st) < 0) {
            fprintf(stderr, "%s: not there\n", argv[i]);
            return 2;
        }
        n += S_ISDIR(st.st_mode) ? folder(argv[i]) : one_file(argv[i]);
    }
    printf("%u inputs\n", n);
    return n == 0;
}
