"""What every store of tenancy must do. A store's own test derives a class and gives ``store`` and ``audit``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import Role
from vestibule.profiles.shelf import ProfileShelf
from vestibule.tenancy.access_tokens import (
    find_token,
    issue_token,
    only_live_token,
    request_token,
    revoke_token,
    rotate_token,
)
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.domains import add_domain, remove_domain
from vestibule.tenancy.errors import (
    AmbiguousTenant,
    AmbiguousToken,
    BadRole,
    BadSlug,
    GateClosed,
    SlugTaken,
    TokenEnded,
    UnknownDomain,
    UnknownPlan,
    UnknownTenant,
    UnknownToken,
    UnknownTokenRequest,
)
from vestibule.tenancy.kept_profiles import choose_default_profile, keep_profile
from vestibule.tenancy.roles import add_role, roles_of
from vestibule.tenancy.store import NewTenant, TenancyStore
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.tenants import (
    change_plan,
    confirm_sign_on,
    create_tenant,
    resume,
    suspend,
    switch_provisioning,
)
from vestibule.tenancy.token import token_hash

NOW = "2026-01-02T03:04:05.678Z"

#: The actions in the audit trail, oldest first.
Actions = Callable[[], Awaitable[list[str]]]


class Randomness:
    """Different bytes each time, the same in every run."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, size: int) -> bytes:
        self.asked += 1
        return self.asked.to_bytes(2) * (size // 2)


@pytest.fixture
def desk(store: TenancyStore) -> Desk:
    return Desk(store, ProfileShelf(store), lambda: NOW, Randomness(), "operator:mia")


class TenancyContract:
    """The suite."""

    async def test_a_new_tenant_is_a_draft_with_a_connection(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp Ltd")
        assert (tenant.slug, tenant.name, tenant.account) == ("corp-ltd", "Corp Ltd", "Corp Ltd")
        assert (tenant.profile, tenant.plan) == ("generic", "standard")
        assert tenant.provisioning is Provisioning.DRAFT
        assert (tenant.suspended, tenant.sso_confirmed) == (False, False)
        [connection] = await desk.store.connections(tenant.id)
        assert (connection.tenant, connection.dialect) == (tenant.id, "")

    async def test_one_account_holds_several_tenants(self, desk: Desk) -> None:
        await create_tenant(desk, "Sweden", account="Corp", profile="getaccept")
        await create_tenant(desk, "Norway", account="CORP", profile="getaccept")
        [account] = await desk.store.accounts()
        assert account.name == "Corp"
        assert [(t.slug, t.account) for t in await desk.store.tenants()] == [
            ("norway", "Corp"),
            ("sweden", "Corp"),
        ]

    async def test_a_slug_is_taken_once(self, desk: Desk, actions: Actions) -> None:
        await create_tenant(desk, "Corp")
        with pytest.raises(SlugTaken, match="'corp'"):
            await create_tenant(desk, "corp")
        with pytest.raises(BadSlug):
            await create_tenant(desk, "Corp", slug="corp_2")
        assert len(await desk.store.tenants()) == 1
        assert await actions() == ["tenant.created"]

    async def test_a_plan_is_one_of_the_profile(self, desk: Desk) -> None:
        with pytest.raises(UnknownPlan, match="basic, business, enterprise"):
            await create_tenant(desk, "Corp", profile="acall", plan="gold")
        tenant = await create_tenant(desk, "Corp", profile="acall")
        assert tenant.plan == "business"
        with pytest.raises(UnknownPlan, match="gold"):
            await change_plan(desk, tenant, "gold")

    async def test_a_tenant_is_found_by_slug_then_by_name(self, desk: Desk) -> None:
        await create_tenant(desk, "Corp", slug="one")
        await create_tenant(desk, "CORP", slug="two")
        assert (await desk.tenant("one")).name == "Corp"
        with pytest.raises(AmbiguousTenant, match="one, two"):
            await desk.tenant("corp")
        with pytest.raises(UnknownTenant):
            await desk.tenant("ONE")

    @pytest.mark.requirement("R78", "R184", "R187")
    async def test_a_token_admits_with_all_it_belongs_to(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp", account="Holding", profile="acall")
        issued = await issue_token(desk, tenant, name="okta")
        admission = await desk.store.admit(token_hash(issued.secret))
        assert admission is not None
        assert (admission.token, admission.token_name) == (issued.record.id, "okta")
        assert admission.expires_at == "2027-01-02T03:04:05.678Z"
        assert admission.revoked_at is None
        assert (admission.tenant, admission.tenant_slug, admission.tenant_name) == (tenant.id, "corp", "Corp")
        assert (admission.account, admission.plan, admission.profile) == ("Holding", "business", "acall")
        assert admission.profile_version == 0
        assert (admission.suspended, admission.sso_confirmed) == (False, False)
        assert admission.provisioning is Provisioning.ON
        assert admission.connection == (await desk.store.connections(tenant.id))[0].id

    async def test_an_unknown_token_admits_nobody(self, store: TenancyStore) -> None:
        assert await store.admit(bytes(32)) is None

    @pytest.mark.requirement("R186")
    async def test_the_secret_is_kept_nowhere(self, desk: Desk) -> None:
        issued = await issue_token(desk, await create_tenant(desk, "Corp"))
        [token] = await desk.store.tokens()
        assert token.id == issued.secret[9:17]
        assert issued.secret not in repr(token)

    async def test_issuing_switches_provisioning_on_unless_draft(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        await issue_token(desk, tenant, draft=True)
        assert (await desk.tenant("corp")).provisioning is Provisioning.DRAFT
        await issue_token(desk, tenant)
        assert (await desk.tenant("corp")).provisioning is Provisioning.ON

    async def test_an_id_that_is_taken_is_drawn_again(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        drawn = iter([bytes(32), bytes(32), bytes([1] * 32)])
        twin = Desk(desk.store, desk.profiles, desk.clock, lambda _: next(drawn), desk.actor)
        one, two = await issue_token(twin, tenant), await issue_token(twin, tenant)
        assert one.record.id != two.record.id

    async def test_every_change_of_a_tenant_is_admitted_at_once(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp", profile="acall")
        hash = token_hash((await issue_token(desk, tenant)).secret)

        async def seen() -> tuple[str, bool, bool, Provisioning, int]:
            found = await desk.store.admit(hash)
            assert found is not None
            return (
                found.plan,
                found.suspended,
                found.sso_confirmed,
                found.provisioning,
                found.settings_version,
            )

        before = await seen()
        await change_plan(desk, tenant, "basic")
        await suspend(desk, tenant)
        await confirm_sign_on(desk, tenant)
        await switch_provisioning(desk, tenant, Provisioning.PAUSED)
        assert await seen() == ("basic", True, True, Provisioning.PAUSED, before[4] + 4)
        await resume(desk, tenant)
        await confirm_sign_on(desk, tenant, False)
        assert (await seen())[1:3] == (False, False)

    @pytest.mark.requirement("R184")
    async def test_revoked_at_once_and_for_good(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        issued, other = await issue_token(desk, tenant), await issue_token(desk, tenant)
        await revoke_token(desk, issued.record)
        admission = await desk.store.admit(token_hash(issued.secret))
        assert admission is not None
        assert admission.revoked_at == NOW
        still = await desk.store.admit(token_hash(other.secret))
        assert still is not None
        assert still.revoked_at is None
        with pytest.raises(TokenEnded):
            await revoke_token(desk, (await find_token(desk, issued.secret)))

    async def test_rotating_ends_the_old_one(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        old = (await issue_token(desk, tenant, name="okta", lifetime=None)).record
        new = (await rotate_token(desk, old)).record
        assert new.name == "okta"
        ended = await desk.store.token(old.id)
        assert ended is not None
        assert ended.revoked_at == NOW

    async def test_rotating_may_let_the_old_one_live_for_a_while(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        old = (await issue_token(desk, tenant, lifetime=None)).record
        await rotate_token(desk, old, keep_old_for=timedelta(hours=1))
        kept = await desk.store.token(old.id)
        assert kept is not None
        assert (kept.revoked_at, kept.expires_at) == (None, "2026-01-02T04:04:05.678Z")
        await rotate_token(desk, kept, keep_old_for=timedelta(days=9))
        assert await desk.store.token(old.id) == kept

    async def test_a_token_is_named_by_id_by_name_or_by_itself(self, desk: Desk) -> None:
        corp, strangers = await create_tenant(desk, "Corp"), await create_tenant(desk, "Strangers")
        issued = await issue_token(desk, corp, name="okta")
        for named in (issued.record.id, "okta", issued.secret, f"Bearer {issued.secret}", issued.secret[:30]):
            assert await find_token(desk, named) == issued.record
        assert await only_live_token(desk, corp) == issued.record
        for named in (issued.record.id, "okta", issued.secret):
            with pytest.raises(UnknownToken):
                await find_token(desk, named, strangers)
        with pytest.raises(UnknownToken):
            await only_live_token(desk, strangers)
        await issue_token(desk, corp, name="okta")
        with pytest.raises(AmbiguousToken):
            await find_token(desk, "okta")
        with pytest.raises(AmbiguousToken):
            await only_live_token(desk, corp)

    async def test_a_plan_without_provisioning_gives_no_token(self, desk: Desk, actions: Actions) -> None:
        tenant = await create_tenant(desk, "Corp", profile="acall", plan="basic")
        with pytest.raises(GateClosed, match=r"'Basic'.*Contact ACALL customer success"):
            await issue_token(desk, tenant)
        with pytest.raises(GateClosed, match="'Basic'"):
            await request_token(desk, tenant, asked_by="mia")
        with pytest.raises(GateClosed, match="'Basic'"):
            await switch_provisioning(desk, tenant, Provisioning.ON)
        assert await actions() == ["tenant.created"]

    async def test_provisioning_waits_for_sign_on_where_the_product_wants_it_first(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp", profile="getaccept")
        with pytest.raises(GateClosed, match="single sign-on"):
            await switch_provisioning(desk, tenant, Provisioning.ON)
        confirmed = await confirm_sign_on(desk, tenant)
        assert (await switch_provisioning(desk, confirmed, Provisioning.ON)).provisioning is Provisioning.ON

    async def test_a_request_waits_until_it_is_answered(self, desk: Desk) -> None:
        corp, strangers = await create_tenant(desk, "Corp"), await create_tenant(desk, "Strangers")
        number = await request_token(desk, corp, asked_by="hanako", note="for Okta")
        [waiting] = await desk.store.token_requests()
        assert (waiting.id, waiting.tenant_slug, waiting.asked_by, waiting.note) == (
            number,
            "corp",
            "hanako",
            "for Okta",
        )
        with pytest.raises(UnknownTokenRequest):
            await issue_token(desk, strangers, request=number)
        issued = await issue_token(desk, corp, request=number)
        assert not await desk.store.token_requests()
        [answered] = await desk.store.token_requests(answered=True)
        assert (answered.token, answered.answered_at) == (issued.record.id, NOW)
        with pytest.raises(UnknownTokenRequest):
            await issue_token(desk, corp, request=number)

    async def test_domains_belong_to_one_tenant(self, desk: Desk) -> None:
        corp, strangers = await create_tenant(desk, "Corp"), await create_tenant(desk, "Strangers")
        assert (await add_domain(desk, corp, "Corp.TEST"))[1]
        assert not (await add_domain(desk, corp, "corp.test"))[1]
        assert [domain.name for domain in await desk.store.domains(corp.id)] == ["corp.test"]
        assert await desk.store.domains(strangers.id) == []
        with pytest.raises(UnknownDomain):
            await remove_domain(desk, strangers, "corp.test")
        await remove_domain(desk, corp, "corp.test")
        assert await desk.store.domains(corp.id) == []

    async def test_a_tenants_own_roles_lie_over_the_products(self, desk: Desk) -> None:
        corp, strangers = (
            await create_tenant(desk, "Corp", profile="getaccept"),
            await create_tenant(desk, "Strangers", profile="getaccept"),
        )
        await add_role(desk, corp, "Auditor", rights=["documents"])
        await add_role(desk, corp, "auditor", rights=["documents", "team documents"])
        await add_role(desk, corp, "user", like="Manager")
        roles = {role.name: role for role in await roles_of(desk, corp)}
        assert list(roles) == ["Administrator", "Manager", "user", "auditor"]
        assert roles["auditor"].rights == ("documents", "team documents")
        assert roles["user"] == Role("user", roles["Manager"].rights, default=True)
        assert [role.name for role in await roles_of(desk, strangers)] == ["Administrator", "Manager", "User"]

    @pytest.mark.parametrize(
        ("profile", "name", "rights", "like", "words"),
        [
            ("getaccept", "X", ["fly"], None, "no right 'fly'; its rights are documents"),
            ("getaccept", "X", [], "Nobody", "no role 'Nobody'; the roles are Administrator"),
            ("getaccept", "X", [], None, "Say what the role 'X' may do"),
            ("getaccept", " ", ["documents"], None, "needs a name"),
            ("generic", "X", ["documents"], None, "takes no roles"),
        ],
    )
    async def test_a_role_that_means_nothing_is_refused(
        self, desk: Desk, profile: str, name: str, rights: list[str], like: str | None, words: str
    ) -> None:
        tenant = await create_tenant(desk, "Corp", profile=profile)
        with pytest.raises(BadRole, match=words):
            await add_role(desk, tenant, name, rights=rights, like=like)

    async def test_a_profile_of_the_database_comes_before_the_built_in_one(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp", profile="acall")
        hash = token_hash((await issue_token(desk, tenant)).secret)
        text = builtin_texts()["acall"].replace('name = "ACALL"', 'name = "Our ACALL"')
        kept = await keep_profile(desk, text, "acall.toml")
        admission = await desk.store.admit(hash)
        assert admission is not None
        assert admission.profile_version == kept.version
        profile = await desk.profiles.compile("acall", admission.profile_version)
        assert profile.product.name == "Our ACALL"
        assert desk.profiles.compiled("acall", kept.version) is profile

    async def test_an_older_version_of_a_kept_profile_stays_readable(
        self, desk: Desk, actions: Actions
    ) -> None:
        text = builtin_texts()["acall"]
        first = await keep_profile(desk, text, "acall.toml")
        again = await keep_profile(desk, "# only a comment\n" + text, "acall.toml")
        second = await keep_profile(desk, text.replace('name = "ACALL"', 'name = "B"'), "acall.toml")
        assert first.version == again.version == load_profile(text, "x").version
        assert second.version != first.version
        assert (await desk.profiles.current("acall")).product.name == "B"
        assert (await desk.profiles.compile("acall", first.version)).product.name == "ACALL"
        assert [profile.name for profile in await desk.store.stored_profiles()] == ["acall"]
        assert await actions() == ["profile.kept", "profile.kept"]

    async def test_a_key_is_kept_once(self, store: TenancyStore) -> None:
        """Whoever comes later gets the first one; each name has its own."""
        assert await store.kept_key("cursors", "first") == "first"
        assert await store.kept_key("cursors", "second") == "first"
        assert await store.kept_key("others", "third") == "third"
        assert await store.default_profile() is None

    async def test_where_a_server_listens_is_kept_until_another_listens(self, store: TenancyStore) -> None:
        assert await store.listening_url() is None
        for url in ("http://127.0.0.1:8123", "https://0.0.0.0:443"):
            await store.keep_listening_url(url)
            assert await store.listening_url() == url
        assert await store.default_profile() is None

    async def test_the_default_profile_is_what_a_new_tenant_takes(self, desk: Desk, actions: Actions) -> None:
        assert await desk.store.default_profile() is None
        await choose_default_profile(desk, "acall")
        await choose_default_profile(desk, "acall")
        assert await desk.store.default_profile() == "acall"
        assert (await create_tenant(desk, "Corp")).profile == "acall"
        assert await actions() == ["profile.made_default", "tenant.created"]

    async def test_a_pinned_dialect_is_admitted(self, desk: Desk) -> None:
        tenant = await create_tenant(desk, "Corp")
        issued = await issue_token(desk, tenant)
        entry = desk.entry("connection.dialect_pinned", "Connection", issued.record.connection)
        await desk.store.pin_dialect(issued.record.connection, "entra", entry, NOW)
        admission = await desk.store.admit(token_hash(issued.secret))
        assert admission is not None
        assert admission.dialect == "entra"

    async def test_every_change_has_its_audit_entry(self, desk: Desk, actions: Actions) -> None:
        tenant = await create_tenant(desk, "Corp", profile="getaccept")
        await confirm_sign_on(desk, tenant)
        issued = await issue_token(desk, tenant)
        rotated = await rotate_token(desk, issued.record)
        await revoke_token(desk, rotated.record)
        await add_domain(desk, tenant, "corp.test")
        await add_role(desk, tenant, "Auditor", rights=["documents"])
        assert await actions() == [
            "tenant.created",
            "tenant.sign_on_confirmed",
            "token.issued",
            "token.rotated",
            "token.revoked",
            "domain.proven",
            "role.added",
        ]

    async def test_a_refused_change_leaves_nothing(self, desk: Desk, actions: Actions) -> None:
        await create_tenant(desk, "Corp")
        new = NewTenant(slug="corp", name="X", account="A new one", profile="generic", plan="standard")
        with pytest.raises(SlugTaken):
            await desk.store.add_tenant(new, desk.entry("tenant.created", "Tenant", "corp"), NOW)
        assert [account.name for account in await desk.store.accounts()] == ["Corp"]
        assert await actions() == ["tenant.created"]
