/* mimamori-update-unpack: a part of mimamori-update (updater/host/unpacking.h). */
#include "updater/host/sandboxed.h"
#include "updater/host/unpacking.h"

int main(int argc, char **argv)
{
    return sandboxed_main(argc, argv, "mimamori-update-unpack", unpacking_serve);
}
