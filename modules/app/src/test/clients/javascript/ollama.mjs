import assert from 'node:assert';
import { Ollama } from 'ollama';

const [host, key] = process.argv.slice(2);
const client = new Ollama({ host, headers: { Authorization: `Bearer ${key}` } });

const { models } = await client.list();
assert(models.some((model) => model.name.startsWith('demo')));

const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
const whole = await client.chat({ model: 'demo', messages });
assert(whole.message.content.length > 0);

let pieces = 0;
for await (const part of await client.chat({ model: 'demo', messages, stream: true })) {
  pieces += part.message.content.length > 0 ? 1 : 0;
}
assert(pieces > 3);

await assert.rejects(new Ollama({ host }).list(), { status_code: 401 });
console.log('ok');
