// When the sun rises and sets, as npm's astronomy-engine and suncalc have it, for sun_spec.lua.
//
//   node sun.js SEED COUNT   a line for each day at a place: NOON LATITUDE LONGITUDE, then for each library sunrise, sunset, dawn
//                            and dusk in seconds since 1970, - where there is none
'use strict'

const [seed, count] = process.argv.slice(2)

let state = Number(seed) >>> 0

function random() { // mulberry32
  state = (state + 0x6D2B79F5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const seconds = date => date && !isNaN(date) ? (date.getTime() / 1000).toFixed(1) : '-'

function byAstronomy(Astronomy, noon, latitude, longitude) {
  const observer = new Astronomy.Observer(latitude, longitude, 0)
  const midnight = new Date((noon - 43200) * 1000), middle = new Date(noon * 1000)
  const found = [
    Astronomy.SearchRiseSet('Sun', observer, +1, midnight, 0.5), Astronomy.SearchRiseSet('Sun', observer, -1, middle, 0.5),
    Astronomy.SearchAltitude('Sun', observer, +1, midnight, 0.5, -6), Astronomy.SearchAltitude('Sun', observer, -1, middle, 0.5, -6)
  ]
  return found.map(time => seconds(time && time.date))
}

function bySuncalc(suncalc, noon, latitude, longitude) {
  const times = suncalc.getTimes(new Date(noon * 1000), latitude, longitude)
  return ['sunrise', 'sunset', 'dawn', 'dusk'].map(name => seconds(times[name]))
}

async function main() {
  const Astronomy = require('astronomy-engine')
  const imported = await import(require.resolve('suncalc'))
  const suncalc = imported.default || imported
  for (let i = 0; i < count; i++) {
    const longitude = Math.round((random() * 360 - 180) * 100) / 100
    const latitude = Math.round((random() * 130 - 65) * 100) / 100
    const day = -3652 + Math.floor(random() * 45000) // 1960 to 2083
    const noon = Math.round(day * 86400 + 43200 - longitude * 240)
    const place = [noon, latitude, longitude]
    console.log([...place, ...byAstronomy(Astronomy, ...place), ...bySuncalc(suncalc, ...place)].join(' '))
  }
}

main()
