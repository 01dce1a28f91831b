/* mimamorid-guard: started by the keeper. */
#include "agent/roles/guard.h"
#include "agent/roles/start.h"

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (!status)
        status = start_role(&s, "guard");
    if (!status)
        status = role_guard(s.config, s.config_path, ROLE_FD, s.restarts);
    start_fini(&s);
    return status;
}
