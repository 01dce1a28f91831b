/* Each list stands at its enumeration's numbers. */
#include "agent/messages.h"

#define WORD(list, i) ((i) < sizeof(list) / sizeof *(list) ? (list)[i] : "unknown")

const char *word_sensor(uint32_t sensor)
{
    static const char *const names[SENSOR_COUNT] = {
        [SENSOR_FILES] = "files", [SENSOR_PREIMAGE] = "preimage", [SENSOR_EXEC] = "exec", [SENSOR_EXEC_JUDGE] = "exec_judge",
        [SENSOR_SCAN] = "scan", [SENSOR_RULES] = "rules", [SENSOR_NETWORK] = "network"};

    return WORD(names, sensor);
}

const char *word_sensor_state(uint32_t state)
{
    static const char *const words[] = {
        [SENSOR_BLIND] = "blind", [SENSOR_DEGRADED] = "degraded", [SENSOR_WORKING] = "working", [SENSOR_OFF] = "off"};

    return WORD(words, state);
}

const char *word_folder_state(uint32_t state)
{
    static const char *const words[] = {
        [FOLDER_GUARDED] = "guarded", [FOLDER_PARTLY] = "partly", [FOLDER_NOT] = "not"};

    return WORD(words, state);
}

const char *word_response(uint32_t response)
{
    static const char *const words[] = {
        [RESPOND_OBSERVE] = "observe", [RESPOND_ALERT] = "alert", [RESPOND_FREEZE] = "freeze",
        [RESPOND_QUARANTINE] = "quarantine"};

    return WORD(words, response);
}
