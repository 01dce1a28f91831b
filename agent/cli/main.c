/* mimamori: the local program; all of it is in cli.c. */
#include "agent/cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
