"""Sign-in with the municipality's own account: OpenID Connect, authorization code with PKCE.

It says who somebody is there; whose account that is here, if anybody's, is for `bot.staff`. Sources: OpenID Connect Core 1.0
(3.1), Discovery 1.0, RFC 7636 (PKCE), RFC 8176 (amr), RFC 9207 (iss in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from bot.i18n import _
from bot.staff import OVER, Refused
from storage.errors import Damaged, WrongKey
from storage.secrets import keyring, make_token

COOKIE_TIME: Final = timedelta(minutes=10)
"""From the button to the way back."""
TIMEOUT_S: Final = 10.0
KNOWN_S: Final = 3600.0
"""So long what the issuer says of itself, and its keys, are not asked for again."""
LEEWAY_S: Final = 60
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures that are believed: none that is made with a shared secret, and not "none"."""
SEVERAL_FACTORS: Final = frozenset({
    "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "http://id.elegnamnden.se/loa/1.0/loa3",
    "http://id.elegnamnden.se/loa/1.0/loa4",
})  # fmt: skip
"""Values of `acr` that mean more than one factor: OpenID's, and the Swedish levels of assurance 3 and 4."""

_PURPOSE = "oidc.state"

AWAY = _("The municipality's sign-in does not answer now. Try again in a while, or use your password.")
NOT_DONE = _("The sign-in with the municipality's account did not work. Try once more, or use your password.")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Began:
    """What this browser set out with, sealed in its cookie. `to` is the page it wanted, `link` the account that is to be linked."""

    state: str
    nonce: str
    verifier: str
    expires: int
    to: str
    link: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at the issuer. `email` is there only when the issuer vouches for it; `factors`: it says that it asked for
    more than one. `once` names this very sign-in."""

    issuer: str
    subject: str
    email: str | None
    factors: bool
    began: Began

    @property
    def once(self) -> str:
        return f"oidc:{hashlib.sha256(self.began.state.encode()).hexdigest()[:32]}"


class Oidc:
    """One issuer, at which this program is known as `client_id`."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, *, public_url: str, now: Callable[[], datetime]
    ) -> None:
        self.issuer, self.client_id, self.client_secret, self.now = issuer, client_id, client_secret, now
        self.public_url = public_url
        self._timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._about: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fresh_until = 0.0

    @property
    def back_to(self) -> str:
        """Where the issuer sends people back to; it has to know this address beforehand."""
        return f"{self.public_url}/coach/oidc/back"

    async def begin(self, to: str, link: int | None = None) -> tuple[str, str]:
        """The issuer's address to go to, and the cookie to go with.

        Raises:
            Refused: "away".
        """
        about = await self._asked()
        began = Began(
            make_token(), make_token(), f"{make_token()}{make_token()}",
            int((self.now() + COOKIE_TIME).timestamp()), to, link,
        )  # fmt: skip
        challenge = base64.urlsafe_b64encode(hashlib.sha256(began.verifier.encode()).digest()).rstrip(b"=").decode()
        query = urlencode({
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.back_to,
            "scope": "openid email", "state": began.state, "nonce": began.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        })  # fmt: skip
        sealed = keyring().seal(json.dumps(asdict(began)).encode(), _PURPOSE)
        start = str(about["authorization_endpoint"])
        return f"{start}{'&' if '?' in start else '?'}{query}", base64.urlsafe_b64encode(sealed).decode()

    async def back(self, cookie: str, query: Mapping[str, str]) -> Identity:
        """Who has come back, with what the issuer put into the address.

        Raises:
            Refused: "over" (no such beginning in this browser, or too long ago), "not done", "away".
        """
        began = self._opened(cookie)
        if began is None or not hmac.compare_digest(query.get("state", "").encode(), began.state.encode()):
            raise Refused("over", OVER)
        if query.get("iss", self.issuer) != self.issuer or "error" in query or not query.get("code"):
            log.warning("own sign-in refused by the issuer", error=query.get("error", "")[:60])
            raise Refused("not done", NOT_DONE)
        claims = await self._claims(query["code"], began)
        verified = claims.get("email_verified") is True
        email = claims.get("email")
        amr, acr = claims.get("amr"), claims.get("acr")
        factors = (isinstance(amr, list) and "mfa" in amr) or acr in SEVERAL_FACTORS
        return Identity(self.issuer, claims["sub"], str(email) if verified and email else None, factors, began)

    def _opened(self, cookie: str) -> Began | None:
        try:
            began = Began(**json.loads(keyring().open(base64.urlsafe_b64decode(cookie), _PURPOSE)))
        except (ValueError, TypeError, WrongKey, Damaged):
            return None
        return began if began.expires >= self.now().timestamp() else None

    async def _claims(self, code: str, began: Began) -> Mapping[str, Any]:
        """What the issuer's token says, after it has been checked."""
        about = await self._asked()
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.back_to,
            "code_verifier": began.verifier,
        }  # fmt: skip
        headers = {}
        if "client_secret_basic" in about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            asked |= {"client_id": self.client_id, "client_secret": self.client_secret}
        async with self._session() as session:
            call = session.post(str(about["token_endpoint"]), data=asked, headers=headers, allow_redirects=False)
            given = await self._json(call)
        try:
            token = await self._verified(str(given["id_token"]))
            jwt.JWTClaimsRegistry(
                now=int(self.now().timestamp()), leeway=LEEWAY_S, iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id}, exp={"essential": True}, iat={"essential": True},
                sub={"essential": True}, nonce={"essential": True, "value": began.nonce},
            ).validate(token.claims)  # fmt: skip
        except (JoseError, KeyError, TypeError, ValueError) as error:
            log.warning("own sign-in with a token that is no good", kind=type(error).__name__)
            raise Refused("not done", NOT_DONE) from None
        several = isinstance(token.claims["aud"], list) and len(token.claims["aud"]) > 1
        if (several or "azp" in token.claims) and token.claims.get("azp") != self.client_id:
            raise Refused("not done", NOT_DONE)
        return token.claims

    async def _verified(self, raw: str) -> jwt.Token:
        """The token, if one of the issuer's keys signed it: those it has now, when it is none of those it had."""
        await self._asked()
        assert self._keys is not None
        try:
            return jwt.decode(raw, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._fresh_until = 0.0
            await self._asked()
            return jwt.decode(raw, self._keys, algorithms=ALGORITHMS)

    async def _asked(self) -> Mapping[str, Any]:
        """What the issuer says of itself, and its keys."""
        if time.monotonic() >= self._fresh_until:
            async with self._session() as session:
                about = await self._json(session.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
                if about.get("issuer") != self.issuer:
                    log.error("IDELABB_OIDC_ISSUER is not what the issuer calls itself")
                    raise Refused("away", AWAY)
                try:
                    keys = KeySet.import_key_set(await self._json(session.get(str(about["jwks_uri"]))))  # type: ignore[arg-type]
                    assert about["authorization_endpoint"] and about["token_endpoint"]
                except (JoseError, KeyError, ValueError, TypeError, AssertionError):
                    log.error("the issuer's own description cannot be used")
                    raise Refused("away", AWAY) from None
            self._about, self._keys, self._fresh_until = about, keys, time.monotonic() + KNOWN_S
        return self._about

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=self._timeout)

    async def _json(self, call: Any) -> dict[str, Any]:
        try:
            async with call as response:
                found = await response.json(content_type=None) if response.status == 200 else None
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("the issuer does not answer", kind=type(error).__name__)
            raise Refused("away", AWAY) from None
        if not isinstance(found, dict):
            log.warning("the issuer does not answer", status=status)
            raise Refused("away" if status >= 500 else "not done", AWAY if status >= 500 else NOT_DONE)
        return found
