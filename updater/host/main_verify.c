/* mimamori-update-verify: a part of mimamori-update (updater/host/verify.h). */
#include "updater/host/sandboxed.h"
#include "updater/host/verify.h"

int main(int argc, char **argv)
{
    return sandboxed_main(argc, argv, "mimamori-update-verify", verify_serve);
}
