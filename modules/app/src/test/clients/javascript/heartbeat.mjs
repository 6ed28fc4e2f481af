// What both clients make of a stream that begins with signs of life.
import assert from 'node:assert';
import { Ollama } from 'ollama';
import OpenAI from 'openai';

const [host, key] = process.argv.slice(2);
const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
const expected = 'It is blue.';

const ollama = new Ollama({ host, headers: { Authorization: `Bearer ${key}` } });
let text = '';
let parts = 0;
for await (const part of await ollama.chat({ model: 'slow', messages, stream: true })) {
  text += part.message.content;
  parts += 1;
}
assert.equal(text, expected);
assert(parts > 5);

const openai = new OpenAI({ baseURL: `${host}/v1`, apiKey: key, maxRetries: 0 });
text = '';
const stream = await openai.chat.completions.create({ model: 'slow', messages, stream: true });
for await (const part of stream) {
  text += part.choices[0].delta.content;
}
assert.equal(text, expected);
console.log('ok');
