/* The helper's frame: whatever is accepted is byte for byte what would be written. */
#include "fuzz.h"

#include "core/frame.h"

static void must_be_as_written(const struct kb_frame *frame, const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);

    kb_frame_pack(frame, &packed);
    MUST(!packed.failed);
    MUST(packed.len == size && memcmp(packed.data, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_frame_unpack(data, size, &frame, &err);

    must_be_presentable(rc, &err);
    if (rc)
        return 0;
    if (frame.kind == KB_FRAME_TOKEN)
        MUST(kb_token_text_ok(frame.token.value.bytes, frame.token.value.len));
    if (kb_frame_is_error(&frame))
        must_be_presentable(frame.error.code, &frame.error);
    must_be_as_written(&frame, data, size);
    return 0;
}
