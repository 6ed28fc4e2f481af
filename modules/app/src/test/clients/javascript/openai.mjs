import assert from 'node:assert';
import OpenAI from 'openai';

const [url, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

const { data } = await client.models.list();
assert(data.some((model) => model.id.startsWith('demo')));

const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
const whole = await client.chat.completions.create({ model: 'demo', messages });
assert(whole.choices[0].message.content.length > 0);

let pieces = 0;
const stream = await client.chat.completions.create({ model: 'demo', messages, stream: true });
for await (const part of stream) {
  pieces += part.choices[0]?.delta?.content ? 1 : 0;
}
assert(pieces > 3);

const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong', maxRetries: 0 });
await assert.rejects(stranger.models.list(), { status: 401 });
console.log('ok');
