// Names that look alike, as Node knows them, for fold_spec.lua: equal in normalization form D after simple case folding, which
// is what a regular expression with the flags i and u compares by.
//
//   node fold.js characters         a line for each character of some blocks: HEX KEY
//   node fold.js texts SEED COUNT   a line for each pair of texts: HEX HEX 1|0
'use strict'

const [what, seed, count] = process.argv.slice(2)

// Blocks whose cases and decompositions change no more from one version of Unicode to the next.
const blocks = [
  [0x80, 0x52F], [0x531, 0x58F], [0x591, 0x6FF], [0x900, 0xDFF], [0x10A0, 0x10FF], [0x1100, 0x11FF], [0x13A0, 0x13FF],
  [0x1C90, 0x1CBF], [0x1E00, 0x1FFF], [0x2000, 0x23FF], [0x2C00, 0x2DFF], [0x3040, 0x30FF], [0xA640, 0xA69F], [0xAB70, 0xABBF],
  [0xAC00, 0xD7A3], [0xF900, 0xFAFF], [0xFB1D, 0xFB4F], [0xFF00, 0xFFEF], [0x10400, 0x104CF], [0x1D100, 0x1D1FF],
  [0x1E900, 0x1E95F], [0x2F800, 0x2FA1F]
]

const characters = []
for (const [first, last] of blocks) {
  for (let code = first; code <= last; code++) characters.push(String.fromCodePoint(code))
}
for (let code = 0x20; code < 0x7F; code++) characters.push(String.fromCodePoint(code))

// ---- simple case folding: those that match each other are one ----

const representative = new Map()

function find(c) {
  while (representative.has(c)) c = representative.get(c)
  return c
}

for (const c of characters) {
  const lower = c.toLowerCase(), upper = c.toUpperCase()
  for (const other of [lower, upper, upper.toLowerCase(), lower.toUpperCase()]) {
    if ([...other].length !== 1 || find(other) === find(c)) continue
    const escaped = `\\u{${c.codePointAt(0).toString(16)}}`
    if (new RegExp(`^${escaped}$`, 'iu').test(other)) representative.set(find(c), find(other))
  }
}

const key = s => [...s.replace(/[\u00A0\u2007\u202F]/g, ' ').normalize('NFD')].map(find).join('').normalize('NFD')
const hex = s => Buffer.from(s).toString('hex')

// ---- texts ----

let state = Number(seed) >>> 0

function below(n) { // mulberry32
  state = (state + 0x6D2B79F5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % n
}

const pick = list => list[below(list.length)]
const known = new Set(characters)
const marks = characters.filter(c => /\p{M}/u.test(c))
const letters = [...'aAbBcCeEiIoOuUsSkKüÜéÉåÅçÇñÑřŘžŽșȘđĐøØæÆßẞαΑάΆςσΣωΏЙйЁёЇї각한글のがハバ½ ', '\u00A0', '\u202F', '\u0307', '\u0345', '\u1100', '\u1161', '\u11A8']

function text() {
  let s = ''
  for (let n = 1 + below(8); n > 0; n--) s += below(4) ? pick(letters) : below(2) ? pick(marks) : pick(characters)
  return s
}

const changes = [
  s => s, s => s.normalize('NFC'), s => s.normalize('NFD'), s => s.toUpperCase(), s => s.toLowerCase(),
  s => s.normalize('NFD').toLowerCase(), s => s.normalize('NFC').toUpperCase().normalize('NFD'), s => s.replace(/ /g, '\u00A0'),
  s => [...s].reverse().join(''), s => s + pick(marks), s => s.replace(/.$/u, ''), () => text()
]

if (what === 'characters') {
  process.stdout.write(characters.map(c => `${hex(c)} ${hex(key(c))}`).join('\n') + '\n')
} else {
  const lines = []
  for (let i = 0; i < count; i++) {
    const a = text(), changed = pick(changes)(a)
    const b = [...changed].every(c => known.has(c)) ? changed : a // a capital may be of a later version
    lines.push(`${hex(a)} ${hex(b)} ${key(a) === key(b) ? 1 : 0}`)
  }
  process.stdout.write(lines.join('\n') + '\n')
}
