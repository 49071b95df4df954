// From the invite to the answer: how many invites took each step, and their share of all.
import { data, words } from '../../kit/page.js'
import { steps, type Step, type Sums } from './numbers.js'

const percent = (share: number) =>
  new Intl.NumberFormat(data.words['dates'], { style: 'percent', maximumFractionDigits: 0 }).format(share)

const shareOf = (sums: Sums, step: Step) => (sums.created > 0 ? sums[step] / sums.created : undefined)

export const stepName = (step: Step) => words.say(`inviter.stats.step.${step}`)

export function Funnel({ sums }: { sums: Sums }) {
  return (
    <>
      <table class="funnel">
        <thead class="unseen">
          <tr>
            <th scope="col">{words.say('inviter.stats.step')}</th>
            <th scope="col">{words.say('inviter.stats.number')}</th>
            <th scope="col">{words.say('inviter.stats.share')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => {
            const share = shareOf(sums, step)
            return (
              <tr key={step} class={step}>
                <th scope="row">{stepName(step)}</th>
                <td class="number">{words.number(sums[step])}</td>
                <td>
                  <div class="share">
                    <svg aria-hidden="true" width="100%" height="12" preserveAspectRatio="none" viewBox="0 0 100 12">
                      <rect class="ground" width="100" height="12" />
                      <rect class="level" width={100 * Math.min(1, share ?? 0)} height="12" />
                    </svg>
                    <span>{share === undefined ? '–' : percent(share)}</span>
                  </div>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p class="hint">{words.say('inviter.stats.share')}</p>
      {steps.some((step) => sums[step] > sums.created) && <p class="hint">{words.say('inviter.stats.several')}</p>}
    </>
  )
}
