"""Makes a tiny model that llama.cpp can serve: the shape of a llama, random weights, always the same ones.

What it says makes no sense, but is text: the words, letters and signs of its vocabulary have random weights, and whatever
else it could say (the bytes of half characters, the end of the text) none, so that without a reason it never stops.

Usage: tiny_model.py FILE
"""

import sys

import numpy
from gguf import GGUFWriter, PoolingType, TokenType

EMBEDDING, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 512

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def vocabulary():
    """The tokens with their types, as sentencepiece has them."""
    special = [
        ("<unk>", TokenType.UNKNOWN),
        ("<s>", TokenType.CONTROL),
        ("</s>", TokenType.CONTROL),
    ]
    single_bytes = [(f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)]
    letters = ["▁"] + [chr(code) for code in range(0x21, 0x7F)] + list("äöüéèßñøżж語水😀")
    words = ["▁a", "▁hello", "▁world", "th", "▁th", "in", "er", "▁the"]
    return special + single_bytes + [(piece, TokenType.NORMAL) for piece in letters + words]


def main(path):
    random = numpy.random.default_rng(17)
    tokens = vocabulary()

    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    # One vector for a text, instead of one for each of its tokens.
    writer.add_pooling_type(PoolingType.MEAN)

    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    # Longer pieces are better ones.
    writer.add_token_scores([float(len(text)) if kind == TokenType.NORMAL else 0.0 for text, kind in tokens])
    writer.add_token_types([int(kind) for _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)

    def tensor(name, *shape):
        values = random.normal(0, 1, shape) / numpy.sqrt(shape[-1])
        writer.add_tensor(name + ".weight", values.astype(numpy.float32))

    def norm(name):
        writer.add_tensor(name + ".weight", numpy.ones(EMBEDDING, dtype=numpy.float32))

    writer.add_tensor("token_embd.weight", random.normal(0, 1, (len(tokens), EMBEDDING)).astype(numpy.float32))
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        norm(block + "attn_norm")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(block + name, EMBEDDING, EMBEDDING)
        norm(block + "ffn_norm")
        tensor(block + "ffn_gate", INNER, EMBEDDING)
        tensor(block + "ffn_up", INNER, EMBEDDING)
        tensor(block + "ffn_down", EMBEDDING, INNER)
    norm("output_norm")
    output = random.normal(0, 1, (len(tokens), EMBEDDING))
    output[[kind != TokenType.NORMAL for _, kind in tokens]] = 0
    writer.add_tensor("output.weight", output.astype(numpy.float32))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
