/* The helper's frame: whatever is accepted can be packed, and is read the same again. */
#include "fuzz.h"

#include "core/frame.h"

static void must_round_trip(const struct kb_frame *frame)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame again = KB_FRAME_INIT;

    kb_frame_pack(frame, &packed);
    MUST(!packed.failed);
    MUST(kb_frame_unpack(packed.data, packed.len, &again, NULL) == KB_OK);
    MUST(again.kind == frame->kind && again.report.count == frame->report.count);
    MUST(again.error.code == frame->error.code && strcmp(again.error.msg, frame->error.msg) == 0);
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
    must_round_trip(&frame);
    return 0;
}
