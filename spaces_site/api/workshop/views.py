"""/api/workshop, in German or English as the workshop or else the caller wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.crypto import constant_time_compare
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import SYSTEM, Actor, signed_in
from accounts.audit import audit
from accounts.rate import client_of, rate_check, rate_limit
from spaces_site.api.auth import actor_of
from spaces_site.api.base import CHALLENGE, DialectView
from spaces_site.api.schema import MEANING, errors
from spaces_site.api.workshop import examples, wire
from spaces_site.api.workshop.wire import UNAUTHORIZED, ErrorOut, TakenOut
from spaces_site.errors import NotFound, SpacesError, Unauthenticated
from workshop.adopting import workshop_adopting, workshop_for_claim
from workshop.models import Claim, Workshop
from workshop.selectors import counts, leader_check, workshop_get, workshops_for
from workshop.services.claimants import email_clean, name_clean
from workshop.services.claiming import AlreadyClaimed, NoneFree, claim_make
from workshop.services.releasing import claim_release
from workshop.texts import language_of, text

WORKSHOP = OpenApiParameter(
    "workshop", OpenApiTypes.STR, description="Its name in the address, where there are several."
)
PASSWORD = OpenApiParameter(
    "password", OpenApiTypes.STR, description="WORKSHOP_ADMIN_PASSWORD, for the workshop of WORKSHOP_GROUP."
)
HEADER = OpenApiParameter("x-admin-password", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The same.")
LEADING = errors(ErrorOut, 401, 403, 404, 429)
ASKS_PER_MINUTE = 3000
"""For the status, from one client: a class of three hundred behind one address that looks every ten seconds."""
WRONG_PASSWORDS, WINDOW = 20, timedelta(minutes=15)
MOST_HISTORY = 2000


class WorkshopView(DialectView):
    """Errors as `{error, code}`; a 401 says no more than `Unauthorized`, whatever the reason."""

    section = "Workshop"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.language = language_of(None, request.headers.get("Accept-Language", ""))  # type: ignore[misc]
        return super().dispatch(request, *args, **kwargs)

    def dress(self, error: SpacesError) -> dict[str, Any]:
        if isinstance(error, Unauthenticated):
            return {"error": UNAUTHORIZED}
        return {"error": error.message, "code": error.code}

    def speak_as(self, workshop: Workshop | None) -> None:
        """From here on in the workshop's own language, where it has one; `dispatch` goes back afterwards."""
        translation.activate(language_of(workshop, self.request.headers.get("Accept-Language", "")))


class PublicView(WorkshopView):
    """Looks at no credential, and so asks for no token against forged requests: there is nothing to be stolen."""

    authentication_classes = ()
    permission_classes = ()


class StatusView(PublicView):
    @extend_schema(
        operation_id="workshop_status", parameters=[WORKSHOP], responses={200: wire.StatusOut, **errors(ErrorOut, 429)},
        examples=examples.STATUS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """How many seats there are, and how many are left."""
        client = client_of(actor_of(request).address)
        rate_limit("workshop-status", client, limit=ASKS_PER_MINUTE, window=timedelta(minutes=1))
        workshop = workshop_for_claim(request.query_params.get("workshop", ""))
        return Response(wire.status_out(counts(workshop) if workshop else None))


class ClaimView(PublicView):
    @extend_schema(
        operation_id="workshop_claim",
        request=wire.ClaimIn,
        responses={
            200: wire.ClaimedOut,
            409: OpenApiResponse(TakenOut, description=MEANING[409]),
            **errors(ErrorOut, 400, 403, 429, 503),
        },
        examples=examples.CLAIM,
    )
    def post(self, request: Request) -> Response:
        """Give a participant the next free seat, one for each e-mail address. The address in the answer is theirs
        alone and leads straight into it."""
        body = wire.ClaimIn(data=request.data)
        # What is no text is as good as none; which field is wrong is then said in the participant's language.
        given = dict(body.validated_data) if body.is_valid() else _texts(request.data, body.errors)
        workshop = workshop_for_claim(given.pop("workshop") or request.query_params.get("workshop", ""))
        self.speak_as(workshop)
        if workshop is None:
            name_clean(given["name"]), email_clean(given["email"])  # what can be put right is said first
            raise NoneFree(text("NO_SEATS"))
        try:
            claim = claim_make(actor_of(request), workshop, **given)
        except AlreadyClaimed as error:
            if error.claim.state == Claim.State.WAITING:
                raise NoneFree(text("NO_SEATS")) from error
            return Response(wire.taken_out(error.claim, error), status=409)
        return Response(wire.claimed_out(claim))


class ByPassword(BaseAuthentication):
    """WORKSHOP_ADMIN_PASSWORD in `?password=` or `x-admin-password` stands for administration of the one workshop of
    WORKSHOP_GROUP. Unset, none is right."""

    def authenticate(self, request: Request) -> None:
        visitor: Actor = request._request.actor  # type: ignore[attr-defined]
        client, wanted = client_of(visitor.address), settings.WORKSHOP_ADMIN_PASSWORD
        rate_check("workshop-password", client, limit=WRONG_PASSWORDS, window=WINDOW)
        if not wanted or not constant_time_compare(password_given(request._request), wanted):
            rate_limit("workshop-password", client, limit=WRONG_PASSWORDS, window=WINDOW)
            audit(visitor, "workshop.password_refused")
            raise Unauthenticated(UNAUTHORIZED)
        request.actor = replace(  # type: ignore[attr-defined]
            SYSTEM, address=visitor.address, request_id=visitor.request_id
        )

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def password_given(request: HttpRequest | None) -> str:
    """The password that came along, "" for none."""
    return "" if request is None else request.GET.get("password") or request.headers.get("x-admin-password") or ""


class SomebodyKnown(BasePermission):
    """Who brought the password or an account; what may be seen with it is a question for later."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if actor_of(request).via != "system":
            signed_in(actor_of(request))
        return True


class LeaderView(WorkshopView):
    """Of the caller's workshops alone; with the password of that of WORKSHOP_GROUP."""

    permission_classes = (SomebodyKnown,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Whoever sends the password means it; without it the usual credentials hold."""
        return [ByPassword()] if password_given(self.request) else super().get_authenticators()

    def leader(self, request: Request) -> Actor:
        """Who asks. Raises `Forbidden` (LEADERS_ONLY) for others."""
        leader_check(actor_of(request))
        return actor_of(request)

    def workshop(self, request: Request) -> Workshop | None:
        """The one that is meant: named, or of WORKSHOP_GROUP, or the newest that is open; else the caller's newest."""
        actor, slug = self.leader(request), request.query_params.get("workshop", "").replace("\0", "")
        if actor.user is None:
            found = workshop_adopting()
            if found is None or slug not in ("", found.slug):
                raise NotFound("There is no such workshop.", code="WORKSHOP_NOT_FOUND")
            return found
        if slug:
            return workshop_get(actor, slug)
        usual, own = workshop_for_claim(), workshops_for(actor)
        return own.filter(pk=usual.pk).first() if usual and own.filter(pk=usual.pk).exists() else own.first()


class ClaimsView(LeaderView):
    @extend_schema(
        operation_id="workshop_claims", parameters=[WORKSHOP, PASSWORD, HEADER],
        responses={200: wire.ClaimsOut, **LEADING}, examples=examples.CLAIMS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Who has a seat, and who had one."""
        workshop = self.workshop(request)
        had = Claim.objects.filter(workshop=workshop, claimed_at__isnull=False)
        claims = had.filter(state=Claim.State.ACTIVE).order_by("claimed_at", "pk")
        history = had.filter(state=Claim.State.RELEASED).order_by("-released_at", "-pk")[:MOST_HISTORY]
        past = [wire.past_claim_out(claim) for claim in reversed(history)]
        return Response({"claims": [wire.claim_out(claim) for claim in claims], "history": past})


class ReleaseView(LeaderView):
    @extend_schema(
        operation_id="workshop_release", parameters=[PASSWORD, HEADER], request=None,
        responses={200: wire.ReleaseOut, **LEADING, **errors(ErrorOut, 503)}, examples=examples.RELEASE,
    )  # fmt: skip
    def post(self, request: Request, project_id: str) -> Response:
        """Take a seat back. It is made anew before it is free again, and the next participant finds nothing of this
        one's."""
        wire.NothingIn(data=request.data).is_valid(raise_exception=True)
        actor = self.leader(request)
        mine = [self.workshop(request)] if actor.user is None else workshops_for(actor)
        claim = (
            Claim.objects.filter(workshop__in=mine, workspace_public_id=project_id, state=Claim.State.ACTIVE)
            .select_related("workshop")
            .first()
        )
        self.speak_as(claim.workshop if claim else None)
        if claim is None:
            raise NotFound(text("CLAIM_NOT_FOUND"), code="CLAIM_NOT_FOUND")
        return Response({"success": True, "released": wire.released_out(claim_release(actor, claim))})


def _texts(data: Any, wrong: Any) -> dict[str, str]:
    """Of a body in which something is `wrong`, what is not."""
    given = data if isinstance(data, dict) else {}
    names = ("name", "email", "code", "workshop")
    return {name: "" if name in wrong else str(given.get(name) or "") for name in names}
