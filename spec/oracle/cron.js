// Times of rules in the form of cron, by npm's croner and cron-parser, for cron_spec.lua.
//
//   node cron.js SEED COUNT   a line for each: TEXT | ZONE | START | times by croner | by cron-parser; seconds since 1970, - where
//                             it is refused
'use strict'

const { CronExpressionParser } = require('cron-parser')

const [seed, count] = process.argv.slice(2)

let state = Number(seed) >>> 0

function below(n) { // mulberry32
  state = (state + 0x6D2B79F5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % n
}

const pick = list => list[below(list.length)]
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

function part(first, last, names, base) {
  const one = () => first + below(last - first + 1)
  const word = n => names && below(3) === 0 ? pick([x => x, x => x.toUpperCase()])(names[n - base] || 'sun') : String(n)
  const step = () => '/' + (1 + below(Math.max(2, Math.floor((last - first) / 2))))
  function range() {
    let [from, to] = [one(), one()]
    if (from > to && below(20)) [from, to] = [to, from]
    return `${word(from)}-${names === days && to % 7 === 0 ? to : word(to)}` // croner takes 0-sun for every day
  }
  const kind = below(40)
  return kind < 20 ? word(one()) : kind < 32 ? range() : kind < 39 ? range() + step() : word(one()) + step()
}

// `starred`: with a step behind the star as well.
function field(first, last, names, base, starred) {
  if (below(3) === 0) return '*'
  if (starred && below(4) === 0) return '*/' + (1 + below(last - first))
  return Array.from({ length: below(5) ? 1 : 2 + below(2) }, () => part(first, last, names, base)).join(',')
}

// A field of days such as */2 is not made: in cron and in homey it does not restrict the days, in these packages it does.
const text = () => [
  field(0, 59, null, 0, true), field(0, 23, null, 0, true), field(1, 31, null, 0, false), field(1, 12, months, 1, true),
  field(0, 7, days, 0, false)
].join(' ')

const seconds = date => Math.round(date.getTime() / 1000)

function tried(f) {
  try { return f().map(seconds).join(' ') || '-' } catch (e) { return '-' }
}

async function main() {
  const { Cron } = await import(require.resolve('croner'))
  for (let i = 0; i < count; i++) {
    const pattern = text(), zone = pick(['UTC', 'Asia/Kolkata', 'Europe/Amsterdam', 'America/New_York'])
    const start = new Date(Date.UTC(2020 + below(12), below(12), 1 + below(28), below(24), below(60), below(60)))
    const croner = tried(() => new Cron(pattern, { timezone: zone, paused: true }).nextRuns(4, start))
    const parser = tried(() => {
      const found = CronExpressionParser.parse(pattern, { currentDate: start, tz: zone })
      return [1, 2, 3, 4].map(() => found.next().toDate())
    })
    console.log([pattern, zone, seconds(start), croner, parser].join('|'))
  }
}

main()
