"""People and teams with the mixins of django-scim2."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Team(AbstractSCIMGroupMixin):
    """A group."""

    name = models.CharField(max_length=254, unique=True)

    @property
    def user_set(self):
        """Its people, under the name that the library's adapter reads."""
        return self.people


class Person(AbstractSCIMUserMixin, AbstractUser):
    """Django's own user with the mixin."""

    teams = models.ManyToManyField(Team, related_name="people")

    @property
    def scim_groups(self):
        """Where the library's adapter reads a person's groups."""
        return self.teams
