/* Orders of package versions, for comparison with dpkg and rpm themselves: lines "dpkg A B" or "rpm A B" on standard
 * input, -1, 0 or 1 for each on standard output. */
#include <stdio.h>
#include <string.h>

#include "agent/watch/host/package_version.h"

int main(void)
{
    char line[1024];

    while (fgets(line, sizeof line, stdin)) {
        char *rest = line, *how = strsep(&rest, " \n"), *a = strsep(&rest, " \n"), *b = strsep(&rest, " \n");

        if (!b || (strcmp(how, "dpkg") && strcmp(how, "rpm")))
            return 2;
        printf("%d\n", !strcmp(how, "dpkg") ? package_version_dpkg(a, b) : package_version_rpm(a, b));
    }
    return 0;
}
