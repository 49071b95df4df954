// POST /invite/<id>/qr-code: draws the link of an invite as a QR code. It reads nothing and stores nothing: the passcode is
// in the call, because the service has only its hash.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { callerOf } from '../../../callers/caller.js'
import { qrSvg } from '../../../delivery/qr-code.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed } from '../../../schema/formats.js'
import { linkTo } from '../limits/passcode.js'
import { inviteIdOf, passcode } from './passcode-params.js'

/** To draw one takes a millisecond. */
const drawingsPerUser: Quota = {
  name: 'drawingsPerUser',
  reason: 'quota-drawings',
  points: 1000,
  seconds: hour,
  inMemory: true
}

export const qrCodeDataSchema = Type.Object({ passcode: passcode() }, closed)
type QrCodeData = Static<typeof qrCodeDataSchema>

export const qrCodeSchema = Type.Object(
  {
    svg: Type.String({ description: 'An SVG document of one path, black on white, with the border that readers need.' })
  },
  { ...closed, $id: 'QrCode', description: 'The link of an invite as a picture.' }
)
type QrCode = Static<typeof qrCodeSchema>

export class QrCodeService implements ServiceInterface<QrCode, QrCodeData> {
  constructor(private readonly options: { quotas: Quotas; publicUrl: () => string }) {}

  async create({ passcode }: QrCodeData, params: Params): Promise<QrCode> {
    const { quotas, publicUrl } = this.options
    await quotas.spend(drawingsPerUser, callerOf(params).id)
    return { svg: qrSvg(linkTo(publicUrl(), inviteIdOf(params), passcode)) }
  }
}
